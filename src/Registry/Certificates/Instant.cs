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
        if (Form().IsMatch(text) && DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant)) return instant;
        faults.Add(new(Refusal.BadInstant, pointer));
        return null;
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+\- ]\d\d:\d\d)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Form();
}
