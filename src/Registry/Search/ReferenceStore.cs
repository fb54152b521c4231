using System.Data.Common;
using Dapper;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>Reference data with the number of certificates that are valid on a day, as the search index counts them.</summary>
public static class ReferenceStore
{
    /// <summary>Categories whose number, name or group holds a text (all for none), with how many of their certificates are
    /// valid.</summary>
    public static CategoryCount[] Categories(DbConnection db, IndexReader index, DateOnly day, string? text)
    {
        var wanted = PlainText.Fold(text ?? "");
        var valid = CertificateSearch.All(db, index, day, Status.Valid).OfCategories.ToDictionary(one => one.Category, one => one.Number);
        bool IsIn(string name) => PlainText.Fold(name).Contains(wanted);
        bool Holds(Text? name) => name is not null && (IsIn(name.Zh) || IsIn(name.En));
        bool IsWanted(Category c) => c.No.ToString() == wanted || Holds(c.Name) || Holds(Catalogue.GroupName(c.Group));
        return [.. Catalogue.Categories.Where(IsWanted)
            .Select(Counted)];

        CategoryCount Counted(Category c)
        {
            var (group, name) = (Catalogue.GroupName(c.Group), c.Name ?? Catalogue.NameMissing);
            var standard = Catalogue.SchemeOf(c.No, day).Standard;
            return new(c.No, c.Group, group.Zh, group.En, name.Zh, name.En, standard, valid.GetValueOrDefault(c.No));
        }
    }

    public static BodyCount[] Bodies(DbConnection db, IndexReader index, DateOnly day)
    {
        var valid = CertificateSearch.All(db, index, day, Status.Valid).OfBodies.ToDictionary(one => one.Body, one => one.Number);
        const string Query = "SELECT seq, approval_number, name, name_en FROM body ORDER BY seq";
        var bodies = db.Query<(long Seq, string Number, string Name, string? NameEn)>(Query);
        return [.. bodies.Select((body, place) => new BodyCount(body.Number, body.Name, body.NameEn, valid.GetValueOrDefault(place)))];
    }

    /// <summary>What the registry covers: certificates, bodies, and the instant of its newest entry.</summary>
    public static (long Certificates, long Bodies, DateTimeOffset? RecordedTo) Coverage(DbConnection db) =>
        (BlockStore.Count(db, long.MaxValue), db.ExecuteScalar<long>("SELECT count(*) FROM body"), Transparency.EntryLog.RecordedTo(db));

    /// <summary>What it covered at an instant that has passed.</summary>
    public static (long Certificates, long Bodies, DateTimeOffset? RecordedTo) Coverage(DbConnection db, DateTimeOffset at)
    {
        var size = Transparency.EntryLog.SizeAt(db, at);
        DateTimeOffset? newest = size == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(Transparency.EntryLog.RecordedAt(db, size - 1));
        return (BlockStore.Count(db, size), db.ExecuteScalar<long>("SELECT count(*) FROM body WHERE seq < @size", new { size }), newest);
    }
}
