using System.Text;
using CsCheck;
using Registry.Certificates;
using Registry.Search;
using Registry.Tables;
using Registry.Tests.Certificates;

namespace Registry.Tests.Properties;

/// <summary>
/// What holds for whatever comes, against models that are written here alone. A failure is shrunk and names its seed, which CsCheck_Seed
/// repeats; REGISTRY_PROPERTIES multiplies how often each is tried.
/// </summary>
public sealed class PropertyTests
{
    private const string Id = "VJ7KC2P67GNS7";
    private static readonly int times = int.Parse(Environment.GetEnvironmentVariable("REGISTRY_PROPERTIES") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
    private static readonly DateOnly issuedOn = new(2025, 3, 1), expiresOn = new(2025, 9, 30);
    private static readonly CertificateContent content = Samples.Content with { IssuedOn = issuedOn, ExpiresOn = expiresOn, FirstIssuedOn = null, SurveyedOn = null };

    // ---- the life of a certificate, as known at any instant and on any day

    /// <summary>What somebody tries: after some days, an act with its effect some days away, and of a suspension its end.</summary>
    private sealed record Try(int Pause, Act Act, int Effect, int? Until);

    private static readonly Gen<Try[]> tries = Gen.Select(Gen.Int[0, 45], Gen.Enum<Act>(), Gen.Int[-80, 3], Gen.Int[-3, 40])
        .Select((pause, act, effect, until) => new Try(pause, act, effect, until > 30 ? null : until)).Array[0, 14];

    /// <summary>The rules in the words of the scheme, over the days themselves: what stands in the log, looked through anew each
    /// time.</summary>
    private sealed class Model
    {
        private readonly List<(int Seq, DateOnly Recorded, Try What, DateOnly Effect, string Level)> log = [];

        public IReadOnlyList<(int Seq, DateOnly Recorded, Try What, DateOnly Effect, string Level)> Log => log;

        public bool Takes(Try what, DateOnly today, DateOnly effect)
        {
            var now = StatusOn(today, int.MaxValue);
            if (now is "revoked" or "cancelled") return false;
            if (what.Act == Act.Suspend && now != "valid" || what.Act == Act.Restore && now != "suspended") return false;
            if (effect > today) return false;
            if (effect < issuedOn && now != "not-yet-valid") return false;
            if (effect > expiresOn && what.Act != Act.Correct) return false;
            if (what.Act == Act.Restore && effect < Suspensions(int.MaxValue)[^1].From) return false;
            return what.Act != Act.Suspend || what.Until is not { } until || effect.AddDays(until) >= effect;
        }

        public void Add(int seq, DateOnly recorded, Try what, DateOnly effect, string level) => log.Add((seq, recorded, what, effect, level));

        private List<(DateOnly From, DateOnly To)> Suspensions(int known)
        {
            var found = new List<(DateOnly From, DateOnly To)>();
            foreach (var entry in log.Where(entry => entry.Seq <= known))
                if (entry.What.Act == Act.Suspend) found.Add((entry.Effect, DateOnly.MaxValue));
                else if (entry.What.Act == Act.Restore) found[^1] = (found[^1].From, entry.Effect);
            return found;
        }

        public string StatusOn(DateOnly day, int known)
        {
            var ends = log.Where(entry => entry.Seq <= known && entry.What.Act is Act.Revoke or Act.Cancel && entry.Seq <= known && entry.Effect <= day).ToList();
            if (ends.Count > 0) return ends[0].What.Act == Act.Revoke ? "revoked" : "cancelled";
            if (day < issuedOn) return "not-yet-valid";
            if (day > expiresOn) return "expired";
            return Suspensions(known).Any(one => one.From <= day && day < one.To) ? "suspended" : "valid";
        }

        public string LevelOn(DateOnly day, int known) =>
            log.LastOrDefault(entry => entry.Seq <= known && entry.What.Act == Act.Correct && entry.Effect <= day).Level ?? content.Level!;

        public int DeciderOn(DateOnly day, int known) => log.LastOrDefault(entry => entry.Seq <= known && entry.Effect <= day).Seq;
    }

    private static Amendment Amendment(Try what, DateOnly effect, DateTimeOffset at, string level) => what.Act switch
    {
        Act.Correct => new Correct { Body = "B", Certificate = Id, EffectiveOn = effect, RecordedAt = at, Content = content with { Level = level } },
        Act.Suspend => new Suspend { Body = "B", Certificate = Id, EffectiveOn = effect, RecordedAt = at, Until = what.Until is { } until ? effect.AddDays(until) : null },
        Act.Restore => new Restore { Body = "B", Certificate = Id, EffectiveOn = effect, RecordedAt = at },
        Act.Revoke => new Revoke { Body = "B", Certificate = Id, EffectiveOn = effect, RecordedAt = at },
        _ => new Cancel { Body = "B", Certificate = Id, EffectiveOn = effect, RecordedAt = at },
    };

    [Fact]
    public void Any_life_is_decided_and_read_again_as_the_model_says() => tries.Sample(all =>
    {
        var (model, today) = (new Model(), issuedOn.AddDays(-20));
        var issue = new Issue { Body = "B", Certificate = content, RecordedAt = Day.Begins(today) };
        var statements = new List<(long Seq, Statement Statement)> { (0, issue) };
        var certificate = Lifecycle.Begin(0, Id, issue);
        foreach (var what in all)
        {
            today = today.AddDays(what.Pause);
            var (effect, seq, level) = (today.AddDays(what.Effect), statements.Count, $"level-{statements.Count}");
            var amendment = Amendment(what, effect, Day.Begins(today).AddMinutes(seq), level);
            var isTaken = Lifecycle.Decide(certificate, amendment, today) is null;
            if (isTaken != model.Takes(what, today, effect)) throw new InvalidOperationException($"{what} on {today:O}: taken {isTaken}");
            if (!isTaken) continue;
            certificate = Lifecycle.Apply(certificate, seq, amendment);
            statements.Add((seq, amendment));
            model.Add(seq, today, what, effect, level);
        }
        // As of each day around, as known after each statement.
        for (var known = 0; known < statements.Count; known++)
            for (var day = issuedOn.AddDays(-5); day <= expiresOn.AddDays(5); day = day.AddDays(3))
            {
                var read = Lifecycle.Replay(Id, statements, day, statements[known].Statement.RecordedAt)!;
                var (told, expected) = ((Lifecycle.StatusOn(read, day).Word(), read.Content.Level, read.DecidedBy.Seq), (model.StatusOn(day, known), model.LevelOn(day, known), (long)model.DeciderOn(day, known)));
                if (told != expected) throw new InvalidOperationException($"{day:O} known {known}: {told}, the model {expected}");
            }
    }, iter: 400 * times, threads: 1);

    // ---- tables

    private static readonly Gen<string> cell = Gen.Int[0, CellParts.Length - 1].Array[0, 6].Select(parts => string.Concat(parts.Select(part => CellParts[part])));

    private static string[] CellParts => ["a", "1", "甲", "，", ",", "\"", "\n", ";", "\t", "=", "'", "+", "-", "@", " ", "；", "😀", "0"];

    /// <summary>Whatever cells hold, the line that is written of them is read as the same. (With the width of a header a cell that holds whole rows is
    /// refused instead: an open quote has swallowed them.)</summary>
    [Fact]
    public void A_table_is_read_as_it_was_written() => Gen.Select(cell, cell, cell).Array[1, 8].Sample(rows =>
    {
        var written = rows.Select(row => (string[])["x", row.Item1, row.Item2, row.Item3]).ToList();
        var text = string.Concat(written.Select(Cells.Line));
        foreach (var encoding in (Encoding[])[new UTF8Encoding(false), new UTF8Encoding(true), new UnicodeEncoding(false, true), CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!])
        {
            using var file = new MemoryStream([.. encoding.GetPreamble(), .. encoding.GetBytes("\u8bc1\u4e66\u7f16\u53f7\uff0c\u83b7\u8bc1\u7ec4\u7ec7\u540d\u79f0,b,c,d\r\n" + text)]);
            var read = new TableRows(new TextFile(file).Lines(), ',').Read().Skip(1).ToList();
            if (read.Count != written.Count) throw new InvalidOperationException($"{encoding.EncodingName}: {read.Count} rows");
            for (var i = 0; i < read.Count; i++)
                if (read[i].Fault is { } fault || !read[i].Cells.Select(Cells.Read).SequenceEqual(written[i].Select(Said)))
                    throw new InvalidOperationException($"{encoding.EncodingName}, row {i}: {read[i].Fault?.Refusal.Code} {string.Join('¦', read[i].Cells)}");
        }

        // White space around what a cell says is nobody's.
        static string Said(string cell) => Cells.Read(Cells.Harmless(cell));
    }, iter: 150 * times, threads: 1);

    // ---- imports

    /// <summary>A row of a list: which number, and which of two contents, or what is wrong with it.</summary>
    private sealed record ListRow(int Number, int Content, int Wrong);

    private static readonly Gen<ListRow[]> list = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 1], Gen.Int[0, 5]).Select((number, text, wrong) => new ListRow(number, text, wrong)).Array[1, 9];

    private static readonly (string Column, string Value)[] wrongs = [("level", "九星"), ("issued", "2025-02-30")];

    private static string Line(string prefix, ListRow row)
    {
        var (column, value) = row.Wrong < wrongs.Length ? wrongs[row.Wrong] : ("", "");
        return $"{prefix}-{row.Number},虚构{(row.Content == 0 ? "甲" : "乙")}（演示）有限公司,26,家电售后（演示）,{(column == "level" ? value : "五星")},{(column == "issued" ? value : "2025-03-01")}\n";
    }

    /// <summary>Of rows with one number that say different things none is recorded; what is wrong is rejected; of the others each number is
    /// recorded once. A dry run says the same, a second run that all is there already, and the register holds that and nothing
    /// else.</summary>
    [Fact]
    public async Task A_list_is_recorded_as_the_model_says()
    {
        using var app = new RegistryApp();
        var samples = new List<ListRow[]>();
        list.Sample(rows => { lock (samples) samples.Add(rows); }, iter: 12 * times, threads: 1);
        for (var sample = 0; sample < samples.Count; sample++)
        {
            var (rows, prefix) = (samples[sample], $"P{sample}");
            var table = Encoding.UTF8.GetBytes("证书编号,获证组织名称,认证项目,认证覆盖的业务范围,服务等级,颁证日期\n" + string.Concat(rows.Select(row => Line(prefix, row))));
            var recorded = new HashSet<int>();
            var expected = rows.Select(row =>
            {
                var others = rows.Where(other => other.Number == row.Number).Select(other => Line(prefix, other)).Distinct().Count();
                if (others > 1 || row.Wrong < wrongs.Length) return "rejected";
                return recorded.Add(row.Number) ? "recorded" : "already";
            }).ToArray();
            var told = $"{string.Join(' ', rows.Select(row => row.ToString()))}: ";
            async Task<string> Run(string query) => told + string.Join(' ', (await app.Import(table, query: query)).Rows.Select(row => (string)row["result"]!));
            Assert.Equal(told + string.Join(' ', expected), await Run("?dryRun=true"));
            Assert.Equal(told + string.Join(' ', expected), await Run(""));
            Assert.Equal(told + string.Join(' ', expected).Replace("recorded", "already"), await Run(""));
            var items = (await app.GetJson($"/v1/certificates?q={prefix}-&limit=100"))["items"]!.AsArray();
            var held = items.Select(item => (string)item!["number"]!).Where(number => number.StartsWith(prefix + "-", StringComparison.Ordinal));
            Assert.Equal(recorded.Select(number => $"{prefix}-{number}").Order(), held.Order());
        }
    }

    // ---- search

    private static readonly Gen<string> words = Gen.Int[0, Letters.Length - 1].Array[1, 24].Select(letters => string.Concat(letters.Select(letter => Letters[letter])));

    private static string[] Letters => ["青", "岛", "海", "尔", "電", "a", "b", "Ｃ", "1", "２", "-", " ", "（", "é", "ß", "ﬁ", "①"];

    /// <summary>Whatever a text holds is found by any part of it: every term that the part asks for is one of the text's.</summary>
    [Fact]
    public void A_text_is_found_by_any_part_of_it() => Gen.Select(words, Gen.Int[0, 23], Gen.Int[1, 12]).Sample((text, from, length) =>
    {
        var searched = Terms.Searched(text);
        if (searched.Length == 0) return true;
        from %= searched.Length;
        var part = searched.Substring(from, Math.Min(length, searched.Length - from));
        var terms = new HashSet<long>();
        Terms.AddText(terms, searched);
        return Terms.Asked(part).TrueForAll(asked => terms.Any(term => term >= asked.From && term < asked.To));
    }, iter: 4000 * times, threads: 1);

    private const int Log = 9;

    private static readonly Gen<int[]> sets = Gen.Int[0, (1 << Log) - 1].Array[0, 1 << Log].Select(all => all.Distinct().Order().ToArray());

    [Fact]
    public void Containers_are_sets() => Gen.Select(sets, sets).Sample((one, other) =>
    {
        var (map, spare, buffer) = (new ulong[1 << Log - 6], new ulong[1 << Log - 6], new byte[Container.MaxBytes(Log)]);
        int[] Held()
        {
            var list = new int[1 << Log];
            return list[..Container.List(map, list)];
        }
        byte[] Encoded(int[] set) => buffer[..Container.Encode(set, Log, buffer)];
        Container.Or(Encoded(one), Log, map);
        if (!Held().SequenceEqual(one)) return false;
        Container.Or(Encoded(other), Log, map);
        if (!Held().SequenceEqual(one.Union(other).Order())) return false;
        Container.And(Encoded(other), Log, map, spare);
        if (!Held().SequenceEqual(other)) return false;
        Container.And(Encoded(one), Log, map, spare);
        return Held().SequenceEqual(one.Intersect(other).Order());
    }, iter: 800 * times, threads: 1);
}
