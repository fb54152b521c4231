using System.Collections.Concurrent;
using System.Data.Common;
using Registry.Transparency;

namespace Registry.Pages;

/// <summary>The first page as it was made last, in each language: what it shows follows from the log and the day alone.</summary>
internal sealed class KeptHome
{
    private sealed record Made((long Generation, long Size) Moment, DateOnly Day, Html Body);

    private readonly ConcurrentDictionary<string, Made> pages = [];

    /// <param name="db">A reading connection.</param>
    /// <param name="key">One of each language, and of each chosen by hand, which links keep.</param>
    /// <param name="today">The day.</param>
    /// <param name="make">Makes it from what that connection reads.</param>
    public Html Of(DbConnection db, string key, DateOnly today, Func<Html> make)
    {
        var moment = EntryLog.Moment(db);
        if (pages.TryGetValue(key, out var kept) && kept.Moment == moment && kept.Day == today) return kept.Body;
        var body = make().Kept();
        pages[key] = new(moment, today, body);
        return body;
    }
}
