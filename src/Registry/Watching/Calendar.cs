using System.Globalization;
using System.Text;

namespace Registry.Watching;

/// <summary>A day in a calendar.</summary>
/// <param name="Id">The same as long as it is the same event.</param>
/// <param name="On">The whole day.</param>
/// <param name="Title">One line.</param>
/// <param name="Text">What it means.</param>
/// <param name="Link">The page to read.</param>
/// <param name="At">When what it tells was recorded.</param>
/// <param name="IsCancelled">Whether it will not come about.</param>
public sealed record CalendarDay(string Id, DateOnly On, string Title, string Text, string Link, DateTimeOffset At, bool IsCancelled);

/// <summary>A calendar file (RFC 5545) that calendar programs read again every day.</summary>
public static class Calendar
{
    public const string Type = "text/calendar";

    /// <summary>Bytes of a line, RFC 5545 §3.1.</summary>
    private const int LineBytes = 75;
    /// <summary>So many days before the program reminds.</summary>
    private const int RemindDays = 30;

    public static string Of(string name, Language language, IEnumerable<CalendarDay> days)
    {
        var text = new StringBuilder();
        void Line(string content) => Fold(text, content);
        Line("BEGIN:VCALENDAR");
        Line("VERSION:2.0");
        Line("PRODID:-//Registry//Certificate expiries//" + (language == Language.En ? "EN" : "ZH"));
        Line("CALSCALE:GREGORIAN");
        Line("METHOD:PUBLISH");
        Line("NAME:" + Escaped(name));
        Line("X-WR-CALNAME:" + Escaped(name));
        Line("REFRESH-INTERVAL;VALUE=DURATION:P1D");
        Line("X-PUBLISHED-TTL:P1D");
        foreach (var day in days)
        {
            Line("BEGIN:VEVENT");
            Line("UID:" + day.Id);
            Line("DTSTAMP:" + Stamp(day.At));
            Line("LAST-MODIFIED:" + Stamp(day.At));
            Line("DTSTART;VALUE=DATE:" + Date(day.On));
            Line("DTEND;VALUE=DATE:" + Date(day.On.AddDays(1)));
            Line("SUMMARY:" + Escaped(day.Title));
            Line("DESCRIPTION:" + Escaped(day.Text));
            Line("URL:" + day.Link);
            Line("TRANSP:TRANSPARENT");
            Line(day.IsCancelled ? "STATUS:CANCELLED" : "STATUS:CONFIRMED");
            if (!day.IsCancelled)
            {
                Line("BEGIN:VALARM");
                Line("ACTION:DISPLAY");
                Line("DESCRIPTION:" + Escaped(day.Title));
                Line($"TRIGGER:-P{RemindDays}D");
                Line("END:VALARM");
            }
            Line("END:VEVENT");
        }
        Line("END:VCALENDAR");
        return text.ToString();
    }

    private static string Date(DateOnly day) => day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static string Escaped(string text) =>
        text.Replace(@"\", @"\\").Replace(";", @"\;").Replace(",", @"\,").Replace("\r\n", @"\n").Replace("\n", @"\n");

    /// <summary>A longer line goes on behind a line break and a space; no character is cut.</summary>
    private static void Fold(StringBuilder text, string content)
    {
        var bytes = 0;
        foreach (var rune in content.EnumerateRunes())
        {
            if (bytes + rune.Utf8SequenceLength > LineBytes)
            {
                text.Append("\r\n ");
                bytes = 1;
            }
            text.Append(rune);
            bytes += rune.Utf8SequenceLength;
        }
        text.Append("\r\n");
    }
}
