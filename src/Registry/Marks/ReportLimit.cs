using System.Net;
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
    private readonly Dictionary<string, int> taken = []; // at most one entry an address and one a mark for each report taken: bounded by InAll
    private byte[] key = [];
    private DateTimeOffset until;

    /// <exception cref="FaultException">It is one too many.</exception>
    public void Take(IPAddress? address, string? mark)
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
            var from = "a" + Convert.ToHexString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(address?.ToString() ?? "")));
            var about = "m" + mark;
            if (taken.GetValueOrDefault("") >= InAll || taken.GetValueOrDefault(from) >= PerAddress || mark is not null && taken.GetValueOrDefault(about) >= PerMark)
                throw new FaultException(new Fault(Refusal.TooManyReports));
            foreach (var entry in (string[])["", from, about]) taken[entry] = taken.GetValueOrDefault(entry) + 1;
        }
    }
}
