using System.Globalization;
using System.Text.RegularExpressions;

namespace Registry.Certificates;

/// <summary>Instants that somebody may give. One without an offset would mean another instant to each reader, so it is none.</summary>
public static partial class Instant
{
    /// <summary>An instant of RFC 3339; null when it is empty; a fault when it is none.</summary>
    public static DateTimeOffset? Read(string? text, string pointer, List<Fault> faults)
    {
        if (string.IsNullOrEmpty(text)) return null;
        // In an address + is a space, and nobody who copies an instant there thinks of it.
        var spelt = text.Replace(' ', '+');
        var isInstant = DateTimeOffset.TryParse(spelt, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant);
        if (isInstant && Form().IsMatch(text)) return instant;
        faults.Add(new(Refusal.BadInstant, pointer));
        return null;
    }

    /// <summary>How much a clock that names an instant as "now" may be ahead of ours.</summary>
    private static readonly TimeSpan skew = TimeSpan.FromMinutes(1);

    /// <summary>An instant up to which the record is asked for: never later than it is known. The end of a day in Shanghai where only a day
    /// is given and <paramref name="days"/> says so.</summary>
    /// <param name="text">As it was given.</param>
    /// <param name="known">Up to when the record is known.</param>
    /// <param name="faults">Told where it is none, or lies ahead.</param>
    /// <param name="days">Whether a day will do, as people enter it.</param>
    public static DateTimeOffset? ReadKnownAt(string? text, DateTimeOffset known, List<Fault> faults, bool days = false)
    {
        const string at = "/knownAt";
        if (days && text is not null && Day.Parse(text) is { } day)
        {
            var end = Day.End(day);
            if (end < known) return end;
            return day <= Day.Of(known) ? null : Ahead();
        }
        if (Read(text, at, faults) is not { } instant) return null;
        if (instant <= known) return instant;
        return instant <= known + skew ? known : Ahead();

        DateTimeOffset? Ahead()
        {
            var shown = Day.InShanghai(known).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
            faults.Add(new(Refusal.KnownAtAhead, at, shown));
            return null;
        }
    }

    private const string Rfc3339 = @"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+\- ]\d\d:\d\d)\z";

    [GeneratedRegex(Rfc3339, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Form();
}
