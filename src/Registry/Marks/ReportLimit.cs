using System.Security.Cryptography;
using System.Text;

namespace Registry.Marks;

/// <summary>
/// How many reports are taken: from one address, about one mark, and in all. Addresses are known here only as a hash under a key that is
/// made anew with every window and never leaves memory.
/// </summary>
public sealed class ReportLimit(TimeProvider time)
{
    public const int PerAddress = 5, PerMark = 30, InAll = 600;
    private static readonly TimeSpan window = TimeSpan.FromMinutes(10);

    private readonly Lock guard = new();
    /// <summary>At most one entry an address and one a mark for each report taken: bounded by <see cref="InAll"/>.</summary>
    private readonly Dictionary<string, int> taken = [];
    private byte[] key = [];
    private DateTimeOffset until;

    /// <exception cref="FaultException">It is one too many.</exception>
    /// <param name="from">The network it came from; empty for this machine.</param>
    /// <param name="mark">Code of the mark it is about.</param>
    public void Take(string from, string? mark)
    {
        lock (guard)
        {
            var now = time.GetUtcNow();
            if (now >= until)
            {
                taken.Clear();
                key = RandomNumberGenerator.GetBytes(32);
                until = now + window;
            }
            var sender = "a" + Convert.ToHexString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(from)));
            var about = "m" + mark;
            var ofMark = mark is null ? 0 : taken.GetValueOrDefault(about);
            if (taken.GetValueOrDefault("") >= InAll || taken.GetValueOrDefault(sender) >= PerAddress || ofMark >= PerMark)
                throw new FaultException(new Fault(Refusal.TooManyReports) { Again = until - now });
            foreach (var entry in (string[])["", sender, about]) taken[entry] = taken.GetValueOrDefault(entry) + 1;
        }
    }
}
