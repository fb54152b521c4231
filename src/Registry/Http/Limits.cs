using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;

namespace Registry.Http;

/// <summary>Who asks, as far as limits need it: a network address, or an API key. Of IPv6 the first 64 bits, which is what one household or
/// one machine is given.</summary>
public readonly record struct Client(UInt128 Value)
{
    private const int KindBits = 64, IPv4Bytes = 4;

    private enum Kind : byte { IPv4 = 1, IPv6, Key }

    private static Client Of(Kind kind, ulong value) => new((UInt128)(byte)kind << KindBits | value);

    /// <summary>The client whose address the request came from; null for this machine itself, which is not limited.</summary>
    public static Client? Of(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address) ? Of(address) : null;

    public static Client Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (length == IPv4Bytes) return Of(Kind.IPv4, BinaryPrimitives.ReadUInt32BigEndian(bytes));
        // ::ffff:203.0.113.9 is the IPv4 address at its end.
        return address.IsIPv4MappedToIPv6 ? Of(Kind.IPv4, BinaryPrimitives.ReadUInt32BigEndian(bytes[^IPv4Bytes..]))
            : Of(Kind.IPv6, BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    /// <param name="id">Of an API key, hexadecimal digits.</param>
    public static Client OfKey(string id) => Of(Kind.Key, ulong.Parse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}

/// <summary>
/// Limits by client: the framework's limiter keeps one allowance for each client and budget and forgets those that are whole again. Whoever
/// asks from this machine is not limited: health checks, mirrors beside it and trials; a proxy here names its clients (<see
/// cref="Forwarding"/>).
/// </summary>
public sealed class Limits(TimeProvider time) : IDisposable
{
    private readonly record struct Asked(Client Client, Budget Budget);

    private readonly PartitionedRateLimiter<Asked> limiter = Limiter(key => new Allowance(key.Budget, time));

    /// <param name="make">Made once: every request passes here.</param>
    private static PartitionedRateLimiter<Asked> Limiter(Func<Asked, RateLimiter> make) =>
        PartitionedRateLimiter.Create<Asked, Asked>(asked => RateLimitPartition.Get(asked, make));

    private long refused;

    public long Refused => Volatile.Read(ref refused);

    /// <summary>Charges a request to a budget of its client and says in the answer what is left. Null when it may go on.</summary>
    public Fault? Take(HttpContext context, Budget budget, Client? client)
    {
        if (client is not { } known)
        {
            context.Features.Set(budget.Unused);
            return null;
        }
        var lease = (Allowance.Lease)limiter.AttemptAcquire(new(known, budget));
        context.Features.Set(lease.Told);
        if (lease.IsAcquired) return null;
        Interlocked.Increment(ref refused);
        var (window, again) = (Budget.Window.TotalSeconds, Math.Ceiling(lease.Again.TotalSeconds));
        return new(Refusal.TooManyRequests, "", budget.Name, window, budget.Quota, again) { Again = lease.Again };
    }

    /// <summary>Says what is left, in every answer: as it starts, because a failure begins with all headers cleared.</summary>
    public static void Tell(HttpContext context)
    {
        if (context.Features.Get<Told>() is not { } told) return;
        context.Response.Headers["RateLimit-Policy"] = told.Budget.Policy;
        context.Response.Headers["RateLimit"] = told.Left;
    }

    public void Dispose() => limiter.Dispose();
}

/// <summary>What the answer to a request says of its budget, in the header RateLimit.</summary>
public sealed record Told(Budget Budget, string Left);

/// <summary>
/// What one client may use of one budget. Only one instant is kept, at which all that was used will have come back (GCRA): it tells what is
/// left and when there is room again, truly and by the clock of the program, which the framework's own buckets do not.
/// </summary>
internal sealed class Allowance(Budget budget, TimeProvider time) : RateLimiter
{
    /// <summary>The answer to one request.</summary>
    /// <param name="isAcquired">Whether it may go on.</param>
    /// <param name="again">When there is room for one, where it may not.</param>
    /// <param name="told">What the answer says.</param>
    internal sealed class Lease(bool isAcquired, TimeSpan again, Told told) : RateLimitLease
    {
        public override bool IsAcquired => isAcquired;
        public TimeSpan Again => again;
        public Told Told => told;
        public override IEnumerable<string> MetadataNames => isAcquired ? [] : [MetadataName.RetryAfter.Name];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            var isKnown = !isAcquired && metadataName == MetadataName.RetryAfter.Name;
            metadata = isKnown ? again : null;
            return isKnown;
        }
    }

    private readonly Lock guard = new();
    private readonly long window = (long)(Budget.Window.TotalSeconds * time.TimestampFrequency);
    private readonly long one = (long)(Budget.Window.TotalSeconds * time.TimestampFrequency) / budget.Quota;
    private long whole;

    public override TimeSpan? IdleDuration
    {
        get
        {
            var since = time.GetTimestamp() - Volatile.Read(ref whole);
            return since < 0 ? null : TimeSpan.FromSeconds((double)since / time.TimestampFrequency);
        }
    }

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        var now = time.GetTimestamp();
        lock (guard)
        {
            var used = Math.Max(whole - now, 0);
            var isAcquired = used + permitCount * one <= window;
            if (isAcquired) whole = now + (used += permitCount * one);
            var (left, back, room) = ((window - used) / one, Seconds(used), used + permitCount * one - window);
            var again = isAcquired ? TimeSpan.Zero : TimeSpan.FromSeconds((double)room / time.TimestampFrequency);
            return new Lease(isAcquired, again, new(budget, $"\"{budget.Name}\";r={left};t={back}"));
        }
    }

    private long Seconds(long ticks) => (ticks + time.TimestampFrequency - 1) / time.TimestampFrequency;

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) =>
        new(AttemptAcquireCore(permitCount));

    public override RateLimiterStatistics? GetStatistics() => null;
}
