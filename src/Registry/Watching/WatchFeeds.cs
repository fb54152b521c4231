using System.Data.Common;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Watching;

/// <summary>What is told of certificates that are followed: changes that were recorded, days that passed, days that come.</summary>
public static class WatchFeeds
{
    private const int MaxEntries = 100;

    /// <summary>What is followed, in a few words.</summary>
    public static Text Name(Watch watch, IReadOnlyList<CertificateRow> followed)
    {
        if (watch.Title is { } title) return new($"查询“{title}”的证书", $"Certificates found by “{title}”");
        if (followed.Count == 0) return new("证书", "Certificates");
        var (number, holder) = (followed[0].Number, new Text(followed[0].HolderName, followed[0].HolderNameEn ?? followed[0].HolderName));
        if (watch.Uscc is not null) return new($"{holder.Zh} 的证书", $"Certificates of {holder.En}");
        return followed.Count == 1 ? new($"证书 {number}，{holder.Zh}", $"Certificate {number}, {holder.En}")
            : new($"{followed.Count} 张证书", $"{followed.Count} certificates");
    }

    /// <summary>What has changed since it was begun, newest first: what was recorded, and what the calendar did.</summary>
    public static FeedEntry[] Entries(DbConnection db, Watch watch, string address, Language language, DateTimeOffset now)
    {
        var followed = WatchStore.Followed(db, watch);
        var last = Day.Of(now) < watch.Until ? Day.Of(now) : watch.Until;
        var changes = ChangeStore.Newest(db, [.. followed.Select(row => row.Seq)], watch.After, MaxEntries)
            .Where(change => Day.Of(change.RecordedAt) <= watch.Until).Select(change => ChangeWording.Entry(change, address, language));
        var passed = followed.Where(row => row.EndedOn is null).SelectMany(row => Passed(row, address, language))
            .Where(entry => entry.At > watch.CreatedAt && Day.Of(entry.At) <= last);
        var over = watch.IsOver(Day.Of(now)) ? [Over(watch, address, language)] : (FeedEntry[])[];
        return [.. over, .. changes.Concat(passed).OrderByDescending(entry => entry.At).Take(MaxEntries)];
    }

    /// <summary>What turns a certificate's status without a statement.</summary>
    private static IEnumerable<FeedEntry> Passed(CertificateRow row, string address, Language language)
    {
        var (page, expired) = ($"{address}/c/{row.Id}", row.ExpiresOn.AddDays(1));
        var begun = new Text($"生效：{row.HolderName}，{row.Number}", $"In force: {row.HolderName}, {row.Number}");
        var force = new Text($"自 {row.IssuedOn:yyyy-MM-dd} 起生效。", $"It is in force from {row.IssuedOn:yyyy-MM-dd}.");
        yield return new($"{page}#in-force-{row.IssuedOn:yyyy-MM-dd}", page, begun[language], force[language], Day.Begins(row.IssuedOn));
        var past = new Text($"过期：{row.HolderName}，{row.Number}", $"Expired: {row.HolderName}, {row.Number}");
        var term = new Text($"有效期至 {row.ExpiresOn:yyyy-MM-dd}，已过。", $"Its last day of validity was {row.ExpiresOn:yyyy-MM-dd}.");
        yield return new($"{page}#expired-{row.ExpiresOn:yyyy-MM-dd}", page, past[language], term[language], Day.Begins(expired));
    }

    private static FeedEntry Over(Watch watch, string address, Language language)
    {
        var title = new Text("关注已结束", "This is followed no longer");
        var text = new Text($"最后一天是 {watch.Until:yyyy-MM-dd}，此后的变化不再列出。",
            $"The last day was {watch.Until:yyyy-MM-dd}; what changes after is not told.");
        var page = $"{address}/w/{watch.Id}";
        return new($"{page}#over", page, title[language], text[language], Day.Begins(watch.Until.AddDays(1)));
    }

    /// <summary>The last days of validity.</summary>
    public static CalendarDay[] Days(DbConnection db, Watch watch, string address, Language language) =>
        [.. WatchStore.Followed(db, watch).Select(row => LastDay(row, EntryLog.RecordedAt(db, row.LastSeq), address, language))];

    private static CalendarDay LastDay(CertificateRow row, long changed, string address, Language language)
    {
        var ended = row.EndedAs is { } word ? Statuses.Parse(word)!.Value.Name() : null;
        var title = ended is null ? new Text($"证书到期：{row.HolderName}", $"Certificate expires: {row.HolderNameEn ?? row.HolderName}")
            : new($"证书已{ended.Zh}：{row.HolderName}", $"Certificate {ended.En.ToLowerInvariant()}: {row.HolderNameEn ?? row.HolderName}");
        var category = Catalogue.CategoryOf(row.Category)!.Shown;
        var text = new Text($"{row.Number}\n{category.Zh}\n{row.BodyName}\n最后有效日 {row.ExpiresOn:yyyy-MM-dd}",
            $"{row.Number}\n{category.En}\n{row.BodyNameEn ?? row.BodyName}\nLast day of validity {row.ExpiresOn:yyyy-MM-dd}");
        var (id, page) = ($"{row.Id}-expiry@{new Uri(address).Host}", $"{address}/c/{row.Id}");
        var at = DateTimeOffset.FromUnixTimeMilliseconds(changed);
        return new(id, row.ExpiresOn, title[language], text[language], page, at, ended is not null);
    }
}
