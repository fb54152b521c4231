using System.Data.Common;
using System.Text.Json;
using Dapper;
using Registry.Transparency;

namespace Registry.Certificates;

/// <summary>The row of a certificate, joined with its body.</summary>
public sealed record CertificateRow
{
    /// <summary>Columns in the order every query lists them and <see cref="Read"/> takes them: c is certificate, b is body.</summary>
    public static readonly string Columns = $"""
        c.seq, c.id, c.number, c.holder_name, c.holder_name_en, c.uscc, c.region, c.address, c.category, c.level, c.scope, c.sites,
        c.issued_on, c.first_issued_on, c.expires_on, c.surveyed_on, c.replaces,
        c.suspended_on, c.suspended_until, c.suspended_reason, c.ended_on, c.ended_as, c.ended_reason,
        c.last_seq, c.by_body, c.set_key, b.approval_number, b.name, b.name_en,
        (SELECT r.id FROM certificate r WHERE r.replaces = c.id ORDER BY r.seq DESC LIMIT 1),
        (SELECT e.recorded_at FROM entry e WHERE e.seq = c.last_seq),
        CASE WHEN c.last_seq <> c.seq THEN (
          SELECT group_concat(n.name || char(9) || n.borne_from || char(9) || coalesce(n.borne_until, ''), char(10))
          FROM holder_name n WHERE n.certificate = c.seq) END,
        {string.Join(", ", Fields.Texts.Select(text => "c." + text.Column))}
        """;
    public const string From = "FROM certificate c JOIN body b ON b.seq = c.body";

    /// <summary>Place of the first of <see cref="Fields.Texts"/> in them.</summary>
    private const int FirstText = 32;

    /// <summary>How many columns <see cref="Read"/> takes.</summary>
    public static readonly int Count = FirstText + Fields.Texts.Count;

    public long Seq { get; init; }
    public string Id { get; init; } = "";
    /// <summary>What it reads now.</summary>
    public required CertificateContent Content { get; init; }
    public string Number => Content.Number;
    public string HolderName => Content.Holder.Name;
    public string? HolderNameEn => Content.Holder.NameEn;
    public string? Uscc => Content.Holder.Uscc;
    public string? Region => Content.Holder.Region;
    public int Category => Content.Category;
    public string? Level => Content.Level;
    public string Scope => Content.Scope;
    public DateOnly IssuedOn => Content.IssuedOn;
    public DateOnly ExpiresOn => Content.ExpiresOn;
    public string? Replaces => Content.Replaces;
    public DateOnly? SuspendedOn { get; init; }
    public DateOnly? SuspendedUntil { get; init; }
    public string? SuspendedReason { get; init; }
    public DateOnly? EndedOn { get; init; }
    public string? EndedAs { get; init; }
    public string? EndedReason { get; init; }
    public long LastSeq { get; init; }
    /// <summary>Whether its issue was recorded by then.</summary>
    public bool IssuedBy(DbConnection db, DateTimeOffset instant) => EntryLog.RecordedAt(db, Seq) <= instant.ToUnixTimeMilliseconds();
    /// <summary>Whether the body itself signed the newest statement.</summary>
    public bool ByBody { get; init; }
    public string BodyNumber { get; init; } = "";
    public string BodyName { get; init; } = "";
    public string? BodyNameEn { get; init; }
    /// <summary>Id of the certificate that replaces this one, if any.</summary>
    public string? ReplacedBy { get; init; }
    /// <summary>When the newest statement was recorded.</summary>
    public DateTimeOffset RecordedAt { get; init; }
    /// <summary>The same, where it is not the issue.</summary>
    public DateTimeOffset? ChangedAt => LastSeq == Seq ? null : RecordedAt;
    /// <summary>Whether the newest statement was signed by a key of the body that the registry set.</summary>
    public bool SetKey { get; init; }

    /// <summary>Names the holder bore by days; none where they never changed.</summary>
    public HeldName[] Names { get; init; } = [];

    private static HeldName HeldName(string line)
    {
        if (line.Split('\t') is not [var name, var from, var until]) throw new InvalidDataException("A name is not kept as it should be.");
        return new(name, DateOnly.ParseExact(from, "O"), until.Length == 0 ? null : DateOnly.ParseExact(until, "O"));
    }

    /// <summary>The row a reader stands on, by the places of <see cref="Columns"/>: names and types are not asked for, which would cost as
    /// much as the look-up itself.</summary>
    /// <param name="row">The reader.</param>
    /// <param name="at">The place of the first of them.</param>
    public static CertificateRow Read(DbDataReader row, int at = 0)
    {
        string? Text(int i) => row.IsDBNull(at + i) ? null : row.GetString(at + i);
        DateOnly Date(int i) => row.GetFieldValue<DateOnly>(at + i);
        DateOnly? DateOrNone(int i) => row.IsDBNull(at + i) ? null : Date(i);
        var content = new CertificateContent
        {
            Number = row.GetString(at + 2),
            Holder = new() { Name = row.GetString(at + 3), NameEn = Text(4), Uscc = Text(5), Region = Text(6), Address = Text(7) },
            Category = row.GetInt32(at + 8),
            Level = Text(9),
            Scope = row.GetString(at + 10),
            Sites = Text(11) is { } sites ? JsonSerializer.Deserialize<string[]>(sites) : null,
            IssuedOn = Date(12),
            FirstIssuedOn = DateOrNone(13),
            ExpiresOn = Date(14),
            SurveyedOn = DateOrNone(15),
            Replaces = Text(16),
        };
        for (var i = 0; i < Fields.Texts.Count; i++)
            if (Text(FirstText + i) is { } text) Fields.Texts[i].Set(content, text);
        return new()
        {
            Seq = row.GetInt64(at),
            Id = row.GetString(at + 1),
            Content = content,
            SuspendedOn = DateOrNone(17),
            SuspendedUntil = DateOrNone(18),
            SuspendedReason = Text(19),
            EndedOn = DateOrNone(20),
            EndedAs = Text(21),
            EndedReason = Text(22),
            LastSeq = row.GetInt64(at + 23),
            ByBody = row.GetBoolean(at + 24),
            SetKey = row.GetBoolean(at + 25),
            BodyNumber = row.GetString(at + 26),
            BodyName = row.GetString(at + 27),
            BodyNameEn = Text(28),
            ReplacedBy = Text(29),
            RecordedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(at + 30)),
            Names = Text(31) is { } names ? [.. names.Split('\n').Select(HeldName)] : [],
        };
    }

    /// <summary>The certificate as it stands; of its suspensions only an open one.</summary>
    public Certificate Certificate => new()
    {
        Id = Id,
        Seq = Seq,
        LastSeq = LastSeq,
        DecidedBy = new(LastSeq, RecordedAt),
        Body = BodyNumber,
        Content = Content,
        Suspensions = SuspendedOn is { } on ? [Suspension(on)] : [],
        Ending = EndedOn is { } end ? Ending(end) : null,
    };

    private Suspension Suspension(DateOnly on) => new() { On = on, Until = SuspendedUntil, Reason = Reasons.Parse(SuspendedReason ?? "") };

    private Ending Ending(DateOnly on) =>
        new() { As = Statuses.Parse(EndedAs!)!.Value, On = on, RecordedAt = ChangedAt, Reason = Reasons.Parse(EndedReason ?? "") };
}

/// <summary>The entry that says what a row now holds.</summary>
/// <param name="Seq">Its log index.</param>
/// <param name="ByBody">Whether the body itself signed it.</param>
/// <param name="SetKey">Whether by a key that the registry set.</param>
public readonly record struct Stating(long Seq, bool ByBody, bool SetKey);

/// <summary>A certificate that an issue makes.</summary>
/// <param name="Id">Of the certificate.</param>
/// <param name="Body">Log index of the statement that admitted its body.</param>
/// <param name="Stored">What it reads.</param>
/// <param name="By">The issue.</param>
public sealed record NewCertificate(string Id, long Body, StoredContent Stored, Stating By);

/// <summary>What a certificate reads, as its row keeps it. It is made beside the writer, so all of it is there when its turn
/// comes.</summary>
public sealed class StoredContent
{
    private readonly string holderKey;

    public StoredContent(CertificateContent content)
    {
        Content = content;
        NumberKey = CertificateNumber.Normalise(content.Number)!;
        holderKey = PlainText.Fold(content.Holder.Name);
        Sites = content.Sites is null ? null : JsonSerializer.Serialize(content.Sites);
        Values = [.. Fields.All.Select(field => field.Kept(this))];
    }

    public CertificateContent Content { get; }

    public string NumberKey { get; }

    public string? Sites { get; }

    /// <summary>The columns of <see cref="Fields.All"/>, in their order.</summary>
    public object?[] Values { get; }

    // What a generated column adds to is stored only where folding changes the text: of three names in four it does not.
    public string? NumberFolded => NumberKey == Content.Number ? null : NumberKey;

    public string? HolderFolded => holderKey == Content.Holder.Name ? null : holderKey;
}

/// <summary>SQL of certificates.</summary>
public static class CertificateStore
{
    private static readonly string select = $"SELECT {CertificateRow.Columns} {CertificateRow.From}", ofId = $"{select} WHERE c.id = @id",
        ofSeqs = $"{select} WHERE c.seq {Sqlite.In("@seqs")}", after = $"{select} WHERE c.seq > @seq ORDER BY c.seq LIMIT @limit";

    public static CertificateRow? Find(DbConnection db, string id) => db.Rows(ofId, read, id) is [var row] ? row : null;

    /// <summary>The certificate of an id as somebody typed it.</summary>
    /// <exception cref="FaultException">It is mistyped, or not in this registry.</exception>
    public static CertificateRow Existing(DbConnection db, string typed)
    {
        var id = Identifier.Parse(typed) ?? throw new FaultException(Refusal.Mistyped);
        return Find(db, id) ?? throw new FaultException(Refusal.UnknownCertificate);
    }

    /// <summary>Log index of the certificate with an id; null when there is none.</summary>
    public static long? SeqOf(DbConnection db, string id) =>
        db.Ask<long?>("SELECT seq FROM certificate WHERE id = @id", row => row.GetInt64(0), id);

    /// <summary>Those of the certificates between two log indexes about which more was stated than their issue.</summary>
    public static HashSet<long> Acted(DbConnection db, long from, long to) =>
        [.. db.Rows("SELECT certificate FROM statement WHERE certificate BETWEEN @from AND @to", row => row.GetInt64(0), from, to)];

    /// <summary>The first column of the index certificate_number: what <see cref="CertificateNumber.Stripped"/> makes of a
    /// number.</summary>
    public static readonly string Stripped =
        CertificateNumber.Signs.Aggregate("number_key", (sql, sign) => $"replace({sql}, '{sign}', '')");

    private static readonly string numbered =
        $"SELECT seq, id FROM certificate WHERE {Stripped} = @stripped AND number_key = @number AND body = @body";

    /// <summary>Log index and id of the certificate of a body with that number; null when there is none.</summary>
    public static (long Seq, string Id)? Numbered(DbConnection db, long body, string numberKey) => db.Ask<(long, string)?>(
        numbered, row => (row.GetInt64(0), row.GetString(1)), CertificateNumber.Stripped(numberKey), numberKey, body);

    /// <inheritdoc cref="Numbered(DbConnection, long, string)"/>
    public static (long Seq, string Id)? Numbered(DbConnection db, string approvalNumber, string numberKey)
    {
        const string Body = "SELECT seq FROM body WHERE approval_number = @number";
        return db.Ask<long?>(Body, row => row.GetInt64(0), approvalNumber) is { } body ? Numbered(db, body, numberKey) : null;
    }

    private static readonly Func<DbDataReader, CertificateRow> read = row => CertificateRow.Read(row);

    /// <summary>Those of these log indexes, in no order.</summary>
    public static List<CertificateRow> At(DbConnection db, IEnumerable<long> seqs) =>
        db.Rows(ofSeqs, read, Sqlite.List(seqs));

    /// <summary>The next ones in the order of issue.</summary>
    public static List<CertificateRow> After(DbConnection db, long seq, int limit) =>
        db.Rows(after, read, seq, limit);

    // ---- many at once: of each key the newest, at most `limit`; a key without any is left out

    public static Dictionary<string, CertificateRow[]> WithIds(DbConnection db, IEnumerable<string> ids) =>
        ByKey(db, ids, "SELECT seq FROM certificate WHERE id = @key LIMIT @limit", 1);

    /// <param name="db">Where to read.</param>
    /// <param name="stripped">As <see cref="CertificateNumber.Stripped"/> makes them of numbers.</param>
    /// <param name="limit">Of each key.</param>
    public static Dictionary<string, CertificateRow[]> WithNumbers(DbConnection db, IEnumerable<string> stripped, int limit) =>
        ByKey(db, stripped, ofNumber, limit);

    private static readonly string ofNumber = $"SELECT seq FROM certificate WHERE {Stripped} = @key ORDER BY seq DESC LIMIT @limit";

    public static Dictionary<string, CertificateRow[]> WithUsccs(DbConnection db, IEnumerable<string> codes, int limit) =>
        ByKey(db, codes, "SELECT seq FROM certificate WHERE uscc = @key ORDER BY seq DESC LIMIT @limit", limit);

    public static Dictionary<string, CertificateRow[]> WithOrganisationCodes(DbConnection db, IEnumerable<string> codes, int limit) =>
        ByKey(db, codes, """
            SELECT seq FROM certificate WHERE substr(uscc, 9, 9) = @key AND uscc IS NOT NULL ORDER BY seq DESC LIMIT @limit
            """, limit);

    /// <summary>Those who bear the name, bore it or have it in English.</summary>
    /// <param name="db">Where to read.</param>
    /// <param name="names">As <see cref="PlainText.Fold"/> makes them.</param>
    /// <param name="limit">Of each key.</param>
    public static Dictionary<string, CertificateRow[]> OfHolders(DbConnection db, IEnumerable<string> names, int limit) =>
        ByKey(db, names, """
            SELECT seq FROM certificate WHERE holder_key = @key UNION SELECT certificate FROM holder_name WHERE name_key = @key
            ORDER BY 1 DESC LIMIT @limit
            """, limit);

    /// <param name="db">Where to read.</param>
    /// <param name="keys">In any order.</param>
    /// <param name="seqs">Log indexes of a key's certificates, the newest first. It is run for each: a query over all keys would make and
    /// clear a table for each.</param>
    /// <param name="limit">Of each key.</param>
    private static Dictionary<string, CertificateRow[]> ByKey(DbConnection db, IEnumerable<string> keys, string seqs, int limit)
    {
        // In their order, keys and rows lie in pages that were just read.
        var asked = keys.Distinct().ToArray();
        Array.Sort(asked, StringComparer.Ordinal);
        var led = asked.Select(Led).Where(one => one.Seqs.Count > 0).ToArray();
        if (led.Length == 0) return [];
        var rows = At(db, led.SelectMany(one => one.Seqs).Distinct()).ToDictionary(row => row.Seq);
        return led.ToDictionary(one => one.Key, one => one.Seqs.Select(seq => rows[seq]).ToArray());

        (string Key, List<long> Seqs) Led(string key)
        {
            db.NextStep();
            return (key, db.Rows(seqs, firstNumber, key, limit));
        }
    }

    private static readonly Func<DbDataReader, long> firstNumber = row => row.GetInt64(0);

    /// <summary>Every statement about a certificate, oldest first.</summary>
    public static IEnumerable<(long Seq, Statement Statement)> Statements(DbConnection db, long seq) =>
        EntryLog.About(db, seq).Select(entry => (entry.Seq, entry.Statement));

    /// <summary>The certificate of a row with all its history: as known at an instant, and as it read on a day. The log is read only
    /// for a day before the newest act took effect. Null when the registry had not recorded it at that instant.</summary>
    public static Certificate? AsOf(DbConnection db, CertificateRow row, DateOnly? on, DateTimeOffset? knownAt = null)
    {
        var isAsItStands = knownAt is null && (row.ChangedAt is not { } changed || on >= InEffect(changed));
        return isAsItStands ? row.Certificate : Lifecycle.Replay(row.Id, Statements(db, row.Seq), on, knownAt);
    }

    /// <summary>A day on which an act recorded at that instant has taken effect: acts never lie ahead of the day on which they are decided,
    /// and what a body signed is recorded at the instant it states, a little before.</summary>
    private static DateOnly InEffect(DateTimeOffset recorded) => Day.Of(recorded + Statement.MaxAge);

    // ---- writing: which statement changes what, Statements/Projection says

    /// <summary>The row that <see cref="Add"/> has written, without reading it back.</summary>
    public static CertificateRow Added(NewCertificate made, BodyView body, DateTimeOffset recordedAt) => new()
    {
        Seq = made.By.Seq,
        LastSeq = made.By.Seq,
        Id = made.Id,
        Content = made.Stored.Content,
        ByBody = made.By.ByBody,
        BodyNumber = body.ApprovalNumber,
        BodyName = body.Name,
        BodyNameEn = body.NameEn,
        RecordedAt = recordedAt,
    };

    private static readonly string insert = $"""
        INSERT INTO certificate (seq, id, body, number_folded, holder_folded, by_body, set_key, {Each(field => field.Column)}, last_seq)
        VALUES (@seq, @id, @body, @numberFolded, @holderFolded, @byBody, @setKey, {Each(field => field.Parameter)}, @seq)
        """;

    private static readonly string correct = $"""
        UPDATE certificate SET number_folded = @numberFolded, holder_folded = @holderFolded, by_body = @byBody, set_key = @setKey,
          {Each(field => $"{field.Column} = {field.Parameter}")}, last_seq = @seq WHERE seq = @certificate
        """;

    private static string Each(Func<Field, string> part) => string.Join(", ", Fields.All.Select(part));

    /// <summary>Writes the row of an issue.</summary>
    public static void Add(Transaction transaction, NewCertificate made)
    {
        var (stored, by) = (made.Stored, made.By);
        transaction.Connection.Run(insert,
            [by.Seq, made.Id, made.Body, stored.NumberFolded, stored.HolderFolded, by.ByBody, by.SetKey, .. stored.Values]);
        if (stored.Content.Holder.NameEn is { } english) AddName(transaction, by.Seq, new(english, DateOnly.MinValue, null));
    }

    private static void AddName(Transaction transaction, long certificate, HeldName name)
    {
        if (PlainText.Fold(name.Name) is not { Length: > 0 } key) return;
        transaction.Connection.Run("""
            INSERT INTO holder_name (name_key, certificate, borne_from, borne_until, name) VALUES (@key, @certificate, @from, @until, @name)
            ON CONFLICT DO NOTHING
            """, key, certificate, name.From, name.Until, name.Name);
    }

    /// <summary>Writes the names of a certificate anew from its statements.</summary>
    private static void Rename(Transaction transaction, long certificate)
    {
        var names = Lifecycle.Names(Statements(transaction.Connection, certificate).Select(entry => entry.Statement));
        transaction.Connection.Run("DELETE FROM holder_name WHERE certificate = @certificate", certificate);
        foreach (var name in names) AddName(transaction, certificate, name);
    }

    /// <summary>Files an act under its certificate, whose id this is; tells the certificate's log index.</summary>
    /// <exception cref="InvalidDataException">No entry made such a certificate.</exception>
    public static long File(Transaction transaction, string id, long seq)
    {
        var certificate = SeqOf(transaction.Connection, id)
            ?? throw new InvalidDataException($"Entry {seq} is about a certificate that no entry made.");
        transaction.Connection.Run("INSERT INTO statement (certificate, seq) VALUES (@certificate, @seq)", certificate, seq);
        return certificate;
    }

    /// <summary>Writes what a certificate reads from now on, and its holder's names.</summary>
    public static void Correct(Transaction transaction, long certificate, StoredContent content, Stating by)
    {
        Rename(transaction, certificate);
        transaction.Connection.Run(correct,
            [content.NumberFolded, content.HolderFolded, by.ByBody, by.SetKey, .. content.Values, by.Seq, certificate]);
    }

    /// <summary>Opens a suspension, or with no day closes it.</summary>
    public static void Suspend(Transaction transaction, long certificate, DateOnly? on, DateOnly? until, Reason? reason, Stating by) =>
        transaction.Connection.Run("""
            UPDATE certificate SET suspended_on = @on, suspended_until = @until, suspended_reason = @reason,
              last_seq = @seq, by_body = @byBody, set_key = @setKey WHERE seq = @certificate
            """, on, until, reason?.Word(), by.Seq, by.ByBody, by.SetKey, certificate);

    /// <summary>Ends a certificate for good.</summary>
    public static void End(Transaction transaction, long certificate, Status status, DateOnly on, Reason? reason, Stating by) =>
        transaction.Connection.Run("""
            UPDATE certificate SET ended_on = @on, ended_as = @status, ended_reason = @reason,
              last_seq = @seq, by_body = @byBody, set_key = @setKey WHERE seq = @certificate
            """, on, status.Word(), reason?.Word(), by.Seq, by.ByBody, by.SetKey, certificate);

    /// <summary>Whether this program makes more of the log than the one that made the file: 012 and 013 say so in a row that no log
    /// makes.</summary>
    public static bool IsIncomplete(DbConnection db) => db.Ask<long?>(
        "SELECT certificate FROM holder_name WHERE name_key = '' AND certificate = -1", row => row.GetInt64(0)) is not null;

    /// <summary>Newest acts of which another copy of the same log makes something else: the index of each, and the certificate's
    /// id.</summary>
    public static IEnumerable<(long Seq, string Certificate)> ActsMadeOtherwise(DbConnection kept, DbConnection made)
    {
        const string Query = "SELECT * FROM certificate NOT INDEXED WHERE last_seq > seq ORDER BY seq";
        static IEnumerable<IDictionary<string, object>> Rows(DbConnection db) =>
            db.Query(Query, buffered: false).Cast<IDictionary<string, object>>();
        var makes = Rows(made).ToDictionary(row => (string)row["id"]);
        foreach (var row in Rows(kept))
        {
            var (id, newest) = ((string)row["id"], (long)row["last_seq"]);
            if (!makes.TryGetValue(id, out var other) || newest != (long)other["last_seq"]) continue;
            if (!row.Values.SequenceEqual(other.Values)) yield return (newest, id);
        }
    }

    /// <summary>Acts between two indexes that are not the newest of their certificate.</summary>
    public static List<long> ActsOvertaken(DbConnection db, long from, long to) => db.Rows("""
        SELECT s.seq FROM statement s JOIN certificate c ON c.seq = s.certificate
        WHERE s.seq BETWEEN @from AND @to AND s.seq < c.last_seq ORDER BY s.seq
        """, row => row.GetInt64(0), from, to);

    /// <summary>What derives from the hash of an entry alone: the id of the certificate or the code of the mark that it issued, by log
    /// index.</summary>
    public static IEnumerable<KeyValuePair<long, string>> Derivations(DbConnection db)
    {
        const string Query = "SELECT seq, id FROM certificate NOT INDEXED UNION ALL SELECT seq, code FROM mark NOT INDEXED";
        return db.Query<(long Seq, string Id)>(Query, buffered: false).Select(row => KeyValuePair.Create(row.Seq, row.Id));
    }
}
