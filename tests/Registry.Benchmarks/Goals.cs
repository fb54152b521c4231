using System.Globalization;
using System.Text.RegularExpressions;

namespace Registry.Benchmarks;

/// <summary>
/// What the registry is meant to cost, and whether it does: each goal with its figure, read from the sections of the page that hold it, at the largest
/// size they are of. A goal that is not met says what stands in the way, as its profile shows it.
/// </summary>
internal static partial class Goals
{
    /// <summary>A goal at one size: met or not, by what figure.</summary>
    private sealed record Row(string Goal, long Size, string Figure, bool Met, string Otherwise);

    /// <summary>The rows of a table by their first cell.</summary>
    private sealed record Section(long Size, string Text)
    {
        public List<string[]> Rows(string after = "") => [.. Text[Math.Max(0, Text.IndexOf(after, StringComparison.Ordinal))..].Split('\n').SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|')).Skip(2).Select(Cells)];

        private static string[] Cells(string line) => [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())];

        /// <summary>What the first group of a pattern finds, as a number; not a number where it finds nothing.</summary>
        public double Find(string pattern) => Regex.Match(Text, pattern, RegexOptions.Singleline) is { Success: true } match ? Number(match.Groups[1].Value) : double.NaN;
    }

    /// <summary>The table for the top of the results; null when nothing was measured.</summary>
    public static string? Table(string readme)
    {
        var sections = Begin().Matches(readme).GroupBy(m => m.Groups[1].Value).ToDictionary(g => g.Key, g => g.Select(m => new Section(long.Parse(m.Groups[2].ValueSpan, CultureInfo.InvariantCulture), m.Groups[3].Value)).OrderBy(s => s.Size).ToList());
        var rows = new List<Row>();
        if (sections.TryGetValue("3 peers", out var peers)) Peers(peers[^1], rows);
        if (sections.TryGetValue("2 http", out var http)) Questions(http, rows);
        if (sections.TryGetValue("1 raw", out var raw)) Importing(raw[^1], rows);
        if (sections.TryGetValue("1 load", out var load)) Loading(load[^1], rows);
        rows.RemoveAll(row => row.Figure.Contains("NaN", StringComparison.Ordinal));
        if (rows.Count == 0) return null;
        return $"""
            ### Goals
            Each at the largest size measured; processor time is the server's, *alone* is one request by itself, over HTTP. Of {rows.Count} goals {rows.Count(row => row.Met)} are met. Where the *busy* column of the sections below counts others on the machine, times are theirs too.

            | goal | certificates | figure | met | otherwise: what stands in the way |
            |---|---|---|---|---|
            {string.Join('\n', rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"| {row.Goal} | {row.Size:#,0} | {row.Figure} | {(row.Met ? "yes" : "**no**")} | {(row.Met ? "" : row.Otherwise)} |")))}
            """;
    }

    private static void Peers(Section section, List<Row> rows)
    {
        Dictionary<string, (double Cpu, double Rate)> Of(string title) => section.Text.Contains(title, StringComparison.Ordinal)
            ? section.Rows(title).ToDictionary(cells => cells[0].Trim('*').Split(" (**")[0], cells => (Number(cells[4]), Number(cells[1]))) : [];
        void Compare(string goal, string title, string peer, double most, string otherwise)
        {
            var costs = Of(title);
            if (!costs.TryGetValue("Registry", out var ours) || costs.FirstOrDefault(c => c.Key.StartsWith(peer, StringComparison.Ordinal)).Value is not { Cpu: > 0 } theirs) return;
            rows.Add(new(goal, section.Size, $"{Measured.Figure(ours.Cpu)} µs against {Measured.Figure(theirs.Cpu)}: {Times(ours.Cpu / theirs.Cpu)}", ours.Cpu <= theirs.Cpu * most, otherwise));
        }
        Compare("look-up by id as JSON: no more processor time than Bun with SQLite", "**Look-up", "Bun", 1, Why.LookUp);
        Compare("the same: at most 1.2 × Kestrel with constant bytes", "**Look-up", "bare Kestrel", 1.2, Why.LookUp);
        Compare("page of a certificate: no more than Bun with SQLite", "**Page", "Bun", 1, Why.Page);
        Compare("the same: at most 1.3 × Kestrel with constant bytes", "**Page", "bare Kestrel", 1.3, Why.Page);
        foreach (var (goal, title) in ((string, string)[])[("search with two filters, total and facets: half the processor time of the best peer, which counts nothing", "**Search"), ("the same where the peer counts too", "**The same")])
        {
            var costs = Of(title);
            if (!costs.TryGetValue("Registry", out var ours) || costs.Count == 1) continue;
            var best = costs.Where(c => c.Key != "Registry").MinBy(c => c.Value.Cpu);
            rows.Add(new(goal, section.Size, $"{Measured.Figure(ours.Cpu)} µs against {Measured.Figure(best.Value.Cpu)} ({best.Key}): {Times(ours.Cpu / best.Value.Cpu)}", ours.Cpu <= best.Value.Cpu / 2, Why.SearchCost));
        }
        var posts = Of("**Single durable posts");
        if (posts.TryGetValue("Registry", out var own) && posts.FirstOrDefault(c => c.Key.Contains("PostgreSQL", StringComparison.Ordinal)).Value is { Rate: > 0 } postgres)
            rows.Add(new("16 single posts at once, durable: 1.5 × PostgreSQL", section.Size, $"{Measured.Figure(own.Rate)}/s against {Measured.Figure(postgres.Rate)}: {Times(own.Rate / postgres.Rate)}", own.Rate >= postgres.Rate * 1.5, Why.Posts));
    }

    private static void Questions(List<Section> sections, List<Row> rows)
    {
        var section = sections[^1];
        var asked = section.Rows().Where(cells => cells.Length == 10).Select(cells => (Name: cells[0], P50: Number(cells[4]), P99: Number(cells[5]), Worst: Number(cells[6]), Cpu: Number(cells[7]))).ToList();
        foreach (var (name, pattern) in ((string, string)[])[("look-up", @"- `/v1/certificates/\{id\}`, any id at .*?p99 ([0-9.,]+) ms"), ("page", @"- `/c/\{id\}`, the page of any id at .*?p99 ([0-9.,]+) ms")])
            Most($"{name} at seven tenths of full load: p99 under 5 ms", section.Find(pattern), 5, "ms", Why.Load);
        if (sections.Count > 1)
            foreach (var name in (string[])["`/v1/certificates/{id}`, any id", "`/c/{id}`, the page of any id"])
            {
                double Cost(Section of) => Number(of.Rows().FirstOrDefault(cells => cells[0] == name)?[7] ?? "");
                Most($"{name}: {section.Size:#,0} within 1.3 × {sections[0].Size:#,0}", Cost(section) / Cost(sections[0]), 1.3, "×", Why.Size);
            }

        var searches = asked.Where(a => a.Name.StartsWith("search", StringComparison.Ordinal)).ToList();
        if (searches.Count > 0)
        {
            Slowest("every kind of search alone, first page: p50 at most 1 ms", a => a.P50, 1, Why.Search);
            Slowest("the same: p99 at most 25 ms", a => a.P99, 25, Why.Search);
            Slowest("the same: worst at most 100 ms", a => a.Worst, 100, Why.Search);
        }
        foreach (var last in searches.Where(a => a.Name.Contains("page 100", StringComparison.Ordinal)))
            if (searches.FirstOrDefault(a => a.Name == last.Name.Replace("page 100", "page 2", StringComparison.Ordinal)) is { Cpu: > 0 } second)
                Most($"{last.Name.Split(':')[0]}: hundredth page like the second", last.Cpu / second.Cpu, 1.3, "× its processor time", Why.Search);
        foreach (var suggest in asked.Where(a => a.Name.StartsWith("`/v1/suggest`", StringComparison.Ordinal))) Most("`/v1/suggest`: p99 at most 10 ms", suggest.P99, 10, "ms", Why.Search);
        if (asked.Where(a => a.Name.Contains("search", StringComparison.Ordinal) || a.Name.Contains("page `/", StringComparison.Ordinal) || a.Name.Contains("/v1/suggest", StringComparison.Ordinal) || a.Name.EndsWith("with counts", StringComparison.Ordinal)).ToList() is { Count: > 0 } all)
            Most($"no query over 250 ms (the longest: {all.MaxBy(a => a.Worst).Name})", all.Max(a => a.Worst), 250, "ms", Why.Search);
        Most("1,000 numbers verified in one request: at most 1.5 × raw SQLite", section.Find(@"verification: .*? ([0-9.,]+) of it"), 1.5, "×", Why.Verification);
        if (section.Find(@"so ([0-9.,]+) of one fsync") is var fsync and > 0) rows.Add(new("16 single posts at once, durable: 4 × one fsync a post", section.Size, Times(fsync), fsync >= 4, Why.Posts));
        Most("start with an empty page cache: ready in 1 s", section.Find(@"an empty page cache: ready after ([0-9.,]+) ms") / 1000, 1, "s", Why.Start);
        Most("memory while searching: at most 300 MB resident", section.Find(@"after searching ([0-9.,]+) \("), 300, "MB", Why.Memory);

        void Most(string goal, double figure, double most, string unit, string otherwise) => rows.Add(new(goal, section.Size, $"{Measured.Figure(figure)} {unit}", figure <= most, otherwise));
        void Slowest(string goal, Func<(string Name, double P50, double P99, double Worst, double Cpu), double> of, double most, string otherwise)
        {
            var slowest = searches.MaxBy(of);
            var over = searches.Count(a => of(a) > most);
            rows.Add(new(goal, section.Size, $"{(over == 0 ? "all" : $"{searches.Count - over} of {searches.Count} kinds")}; the slowest {Measured.Figure(of(slowest))} ms ({slowest.Name})", over == 0, otherwise));
        }
    }

    private static void Importing(Section section, List<Row> rows)
    {
        var (log, plain) = (section.Find("the log too .*?comes to ([0-9.,]+) of it"), section.Find("indexes and terms .*?comes to ([0-9.,]+) of it"));
        rows.Add(new("import: 0.5 of raw SQLite inserting the same rows", section.Size, $"{Measured.Figure(log)} ×", log >= 0.5, Why.Import));
        rows.Add(new("the same, raw SQLite without the log that the import signs and seals: 0.3", section.Size, $"{Measured.Figure(plain)} ×", plain >= 0.3, Why.Import));
    }

    private static void Loading(Section section, List<Row> rows)
    {
        var (first, last) = (section.Find("first of the largest files ([0-9.,]+) MB"), section.Find("first of the largest files [0-9.,]+ MB, last ([0-9.,]+) MB"));
        rows.Add(new("memory of an import flat in their number", section.Size, $"{Measured.Figure(first)} MB in the first file, {Measured.Figure(last)} in the last", last <= first * 1.3, Why.Import));
        var (all, tables) = (section.Find(@"\| database \| ([0-9.,]+) bytes"), section.Find(@"bytes a certificate \| ([0-9.,]+) without"));
        rows.Add(new("450 bytes a certificate without the log, 1,300 with it, or what more buys", section.Size, $"{Measured.Figure(tables)} and {Measured.Figure(all)}: {Why.Bytes}", all <= 1300, ""));
    }

    private static string Times(double ratio) => $"{Measured.Figure(ratio)} ×";

    private static double Number(string text) => double.TryParse(text.Replace(",", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;

    [GeneratedRegex("<!-- begin ([123] [a-z]+) ([0-9]+) -->\n(.*?)<!-- end", RegexOptions.Singleline)]
    private static partial Regex Begin();

    /// <summary>What a profile of each shows where its goal is missed: shares of samples of `perf` with ten million certificates, 16 connections.</summary>
    private static class Why
    {
        public const string
            LookUp = "kernel 36 % (waking threads 14, pages of the file 10), the runtime and its library 30 %, SQLite 13 %, Kestrel and routing 7 %, the row told as a certificate 4 %, JSON 3 %. Kestrel alone takes 14 µs and raw SQLite 16 (below): together more than Bun for all of it",
            Page = "9 kB with a QR code of its own, for paper: making and joining text 31 %, kernel 28 %, SQLite 11 %, the runtime and its collector 10 %; the peers' pages are a fifth as long and hold neither history nor code",
            SearchCost = "as for the time of a search; the peers' answers hold neither total nor facets",
            Search = "with the index before this one: SQLite 43 % (FTS5 going backwards through the lists of terms 17, finding and checking rows 26), pages of the file copied from the system's memory 30 %: where a word, a category and a region are about as frequent, long lists are read from their ends until they meet, 0.03 µs a row",
            Load = "wrk, its 64 connections and the server share two processors: a request waits for others' pages",
            Size = "pages of the file, copied from the system's memory where those of 10,000 certificates stay in the connection's own",
            Posts = "one thread writes, and in an import waits 37 % of its time for the disk: each certificate changes five pages of indexes far apart. Beside it each post takes 200 µs: request, checks, signature. Four times one fsync would leave 80 µs of both processors for all of it",
            Verification = "SQLite and its reads of the file 58 %, JSON 13 %, reading rows and telling them as certificates 15 %",
            Start = "nothing is read or built that grows with the number of certificates; the same with 10,000",
            Memory = "",
            Import = "",
            Bytes = "more buys that holders are found and completed by the beginning of their name (the index 50 bytes), numbers in both spellings and unique within a body (54), either credit code and its beginning (50), names and scopes by any two characters, pinyin and initials (70)";
    }
}
