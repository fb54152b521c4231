using System.Globalization;

namespace Registry.Benchmarks;

/// <summary>
/// What the registry is meant to cost, and whether it does: each goal with its figure, read from the files of <c>results/</c>, at the largest
/// size they are of. A goal that is not met says what stands in the way, as its profile shows it.
/// </summary>
internal static class Goals
{
    /// <summary>A goal at one size: met or not, by what figure.</summary>
    private sealed record Row(string Goal, long Size, string Figure, bool Met, string Otherwise);

    /// <summary>Milliseconds of processor time of a kind of search: of most, of all but one in a hundred, of all.</summary>
    private readonly record struct Times(double P50, double P99, double Worst)
    {
        public static Times Read(string cell) =>
            cell.Split(" / ") is [var p50, var p99, var worst] ? new(Results.Number(p50), Results.Number(p99), Results.Number(worst)) : default;

        public bool Within(Times most) => P50 <= most.P50 && P99 <= most.P99 && Worst <= most.Worst;
    }

    /// <summary>A kind of search in <c>search-*.md</c>.</summary>
    private sealed record Searched(string Name, Times Alone, Times Total, Times Facets, double Hits)
    {
        public static List<Searched> All(Section section) => [.. section.Rows().Where(cells => cells.Length == 6)
            .Select(cells => new Searched(cells[0], Times.Read(cells[1]), Times.Read(cells[2]), Times.Read(cells[3]), Results.Number(cells[5])))];
    }

    /// <summary>A question in <c>http-*.md</c>: milliseconds alone, and microseconds of processor time.</summary>
    private sealed record Answered(string Name, double P50, double P99, double Worst, double Cpu)
    {
        public static List<Answered> All(Section section) => [.. section.Rows().Where(cells => cells.Length == 10)
            .Select(cells => new Answered(cells[0], Results.Number(cells[4]), Results.Number(cells[5]), Results.Number(cells[6]), Results.Number(cells[7])))];
    }

    /// <summary>A server of a table of <c>peers-*.md</c> or <c>nodes-*.md</c>.</summary>
    private sealed record Costs(double Rate, double Cpu);

    /// <summary>The table for the README.</summary>
    public static string Table()
    {
        var rows = new List<Row>();
        if (Results.Of("search") is { Count: > 0 } searches) Searching(searches, rows);
        if (Results.Of("http") is { Count: > 0 } http) Asking(http, rows);
        if (Results.Of("peers") is { Count: > 0 } peers) Peers(peers[^1], rows);
        if (Results.Of("import") is { Count: > 0 } imports) Importing(imports[^1], rows);
        if (Results.Of("load") is { Count: > 0 } loads) Loading(loads[^1], rows);
        foreach (var section in (string[])["lists", "tables"])
            if (Results.Of(section) is { Count: > 0 } lists) Told(lists[^1], rows);
        if (Results.Of("nodes") is { Count: > 0 } nodes) Nodes(nodes[^1], rows);
        if (Results.Of("cluster") is [var cluster]) Cluster(cluster, rows);
        rows.RemoveAll(row => row.Figure.Contains("NaN", StringComparison.Ordinal));
        return $"""
            Of {rows.Count} goals {rows.Count(row => row.Met)} are met, each at the largest size measured.

            | goal | certificates | figure | met | otherwise: what stands in the way |
            |---|---|---|---|---|
            {string.Join('\n', rows.Select(Line))}
            """;
    }

    /// <summary>Goals that stand beside their figures already.</summary>
    private static void Told(Section section, List<Row> rows)
    {
        foreach (var cells in section.Rows("| asked | figure | goal |"))
            if (cells is [var asked, var figure, var goal, var met])
                rows.Add(new($"{asked}: ≤ {goal}", section.Size, figure, met == "yes", asked.StartsWith("a workbook", StringComparison.Ordinal) ? Why.Workbook : ""));
    }

    private static string Line(Row row)
    {
        var size = row.Size == 0 ? "" : row.Size.ToString("#,0", CultureInfo.InvariantCulture);
        return $"| {row.Goal} | {size} | {row.Figure} | {(row.Met ? "yes" : "**no**")} | {(row.Met ? "" : row.Otherwise)} |";
    }

    private static void Searching(List<Section> sections, List<Row> rows)
    {
        var section = sections[^1];
        var kinds = Searched.All(section);
        if (kinds.Count == 0) return;
        Every("every kind of search, first page and total: p50 ≤ 2 ms, p99 ≤ 25, worst ≤ 60", kind => kind.Total, new(2, 25, 60));
        Every("the same with all facets, true for all hits: p50 ≤ 5 ms, p99 ≤ 50, worst ≤ 100", kind => kind.Facets, new(5, 50, 100));
        Every("first page alone: p50 ≤ 1 ms, p99 ≤ 10", kind => kind.Alone, new(1, 10, double.MaxValue));
        foreach (var name in (string[])["pinyin of 2", "pinyin of 4", "one ideograph", "one letter"])
            if (kinds.FirstOrDefault(kind => kind.Name.Contains(name, StringComparison.Ordinal)) is { } kind)
                Add($"{kind.Name}, with total: p99 ≤ 25 ms", $"{Measured.Figure(kind.Total.P99)} ms", kind.Total.P99 <= 25, Why.Search);
        if (sections.Count > 1) Growth(sections[0], kinds);
        Add("bytes a certificate without the log: ≤ 450", $"{section.Find("bytes a certificate, ([0-9.,]+) without")}",
            section.Find("bytes a certificate, ([0-9.,]+) without") <= 450, Why.Bytes);
        var (asked, incomplete) = (section.Find("of ([0-9,]+) random queries"), section.Find("random queries ([0-9,]+) were incomplete"));
        Add("`incomplete` is rare: at most one random query in 10,000", $"{incomplete} of {asked:#,0}", incomplete <= asked / 10_000, Why.Incomplete);

        void Every(string goal, Func<Searched, Times> of, Times most)
        {
            var met = kinds.Count(kind => of(kind).Within(most));
            string Slowest(string name, Func<Times, double> time)
            {
                var kind = kinds.MaxBy(kind => time(of(kind)))!;
                return $"{name} {Measured.Figure(time(of(kind)))} ({kind.Name})";
            }
            var slowest = string.Join(", ", Slowest("p50", times => times.P50), Slowest("p99", times => times.P99), Slowest("worst", times => times.Worst));
            Add(goal, $"{(met == kinds.Count ? "all" : $"{met} of {kinds.Count}")} kinds; the slowest {slowest}", met == kinds.Count, Why.Search);
        }

        // Where a kind has as many hits, it takes as long; a third is noise of the machine.
        void Growth(Section small, List<Searched> large)
        {
            const double Noise = 1.3;
            var before = Searched.All(small).ToDictionary(kind => kind.Name);
            var grown = large.Where(kind => before.ContainsKey(kind.Name)).Select(kind => (kind.Name,
                Time: kind.Facets.P50 / before[kind.Name].Facets.P50,
                Hits: Math.Max(1, kind.Hits / Math.Max(1, before[kind.Name].Hits)))).ToList();
            var met = grown.Count(kind => kind.Time <= kind.Hits * Noise);
            var (name, time, hits) = grown.MaxBy(kind => kind.Time / kind.Hits);
            Add($"with total and facets {section.Size:#,0} against {small.Size:#,0}: p50 grows at most with the hits counted",
                $"{met} of {grown.Count} kinds; the most {Measured.Figure(time)} × at {Measured.Figure(hits)} × the hits ({name})", met == grown.Count, Why.Growth);
        }

        void Add(string goal, string figure, bool met, string otherwise) => rows.Add(new(goal, section.Size, figure, met, otherwise));
    }

    private static void Asking(List<Section> sections, List<Row> rows)
    {
        var section = sections[^1];
        var asked = Answered.All(section);
        Named("page `/`", "the home page, whose numbers are known beforehand: ≤ 1 ms", answer => answer.P50, 1, "ms", Why.Page);
        // What the index before this one took at ten million; a tenth is noise of the machine.
        Named("search 零号幻影", "no hit: no slower than with the index before (92 µs of processor time)", answer => answer.Cpu, 101, "µs", Why.Request);
        Named("search 限公司有", "pieces that never meet: no slower than with it (87 µs)", answer => answer.Cpu, 96, "µs", Why.Request);
        Most("memory while searching: at most 300 MB resident", section.Find(@"after searching ([0-9.,]+) \("), 300, "MB", Why.Memory);
        Most("start with an empty page cache: ready in 1 s", section.Find(@"an empty page cache: ready after ([0-9.,]+) ms") / 1000, 1, "s", Why.Start);
        Most("look-up at seven tenths of full load: p99 under 5 ms", section.Find(@"- `/v1/certificates/\{id\}`, any id at .*?p99 ([0-9.,]+) ms"), 5, "ms", Why.Load);
        Most("page at seven tenths of full load: p99 under 5 ms", section.Find(@"- `/c/\{id\}`, the page of any id at .*?p99 ([0-9.,]+) ms"), 5, "ms", Why.Load);
        if (sections.Count > 1) Grown("`/v1/certificates/{id}`, any id");
        if (sections.Count > 1) Grown("`/c/{id}`, the page of any id");
        foreach (var last in asked.Where(answer => answer.Name.Contains("page 100", StringComparison.Ordinal)))
            if (asked.FirstOrDefault(answer => answer.Name == last.Name.Replace("page 100", "page 2", StringComparison.Ordinal)) is { Cpu: > 0 } second)
                Most($"{last.Name.Split(':')[0]}: hundredth page like the second", last.Cpu / second.Cpu, 1.3, "× its processor time", Why.Search);
        Named("`/v1/suggest`", "`/v1/suggest`: p99 at most 10 ms", answer => answer.P99, 10, "ms", Why.Search);
        Most("1,000 numbers verified in one request: at most 1.5 × raw SQLite", section.Find(@"verification: .*? ([0-9.,]+) of it"), 1.5, "×", Why.Verification);

        void Most(string goal, double figure, double most, string unit, string otherwise) =>
            rows.Add(new(goal, section.Size, $"{Measured.Figure(figure)} {unit}", figure <= most, otherwise));
        void Named(string name, string goal, Func<Answered, double> of, double most, string unit, string otherwise)
        {
            if (asked.FirstOrDefault(answer => answer.Name.StartsWith(name, StringComparison.Ordinal)) is { } answer) Most(goal, of(answer), most, unit, otherwise);
        }
        void Grown(string name)
        {
            double Cost(Section of) => Answered.All(of).FirstOrDefault(answer => answer.Name == name)?.Cpu ?? double.NaN;
            Most($"{name}: {section.Size:#,0} within 1.3 × {sections[0].Size:#,0}", Cost(section) / Cost(sections[0]), 1.3, "×", Why.Size);
        }
    }

    private static void Peers(Section section, List<Row> rows)
    {
        var (lookUp, page, search, total, posts) = (Of("**Look-up"), Of("**Page"), Of("**Search"), Of("**The same"), Of("**Single durable posts"));
        Against("look-up as JSON: ≤ 2.0 × the processor time of bare Kestrel with constant bytes", lookUp, "bare Kestrel", 2, Why.LookUp);
        Against("page of a certificate: ≤ 4 × bare Kestrel with constant bytes", page, "bare Kestrel", 4, Why.Page);
        var filters = "search with two filters, total and facets in:";
        Against($"{filters} no more than the best peer that counts nothing", search, Best(search), 1, Why.Search);
        Against($"{filters} a tenth of the best peer that counts", total, Best(total), 0.1, Why.Search);
        if (posts.TryGetValue("Registry", out var own) && posts.FirstOrDefault(peer => peer.Key.Contains("PostgreSQL", StringComparison.Ordinal)).Value is { } postgres)
            rows.Add(new("16 single posts, durable: ≥ 1.5 × Fastify on PostgreSQL", section.Size,
                $"{Measured.Figure(own.Rate)}/s against {Measured.Figure(postgres.Rate)}: {Ratio(own.Rate / postgres.Rate)}", own.Rate >= postgres.Rate * 1.5, Why.Posts));

        Dictionary<string, Costs> Of(string title) => section.Rows(title).Where(cells => Results.Number(cells[1]) > 0)
            .ToDictionary(cells => cells[0].Trim('*').Split(" (**")[0], cells => new Costs(Results.Number(cells[1]), Results.Number(cells[4])));
        static string Best(Dictionary<string, Costs> costs) => costs.Where(peer => peer.Key != "Registry").MinBy(peer => peer.Value.Cpu).Key ?? "nobody";
        void Against(string goal, Dictionary<string, Costs> costs, string peer, double most, string otherwise)
        {
            if (!costs.TryGetValue("Registry", out var ours) || costs.FirstOrDefault(c => c.Key.StartsWith(peer, StringComparison.Ordinal)) is not { Value: { } theirs } found) return;
            rows.Add(new(goal, section.Size, $"{Measured.Figure(ours.Cpu)} µs against {Measured.Figure(theirs.Cpu)} ({found.Key}): {Ratio(ours.Cpu / theirs.Cpu)}",
                ours.Cpu <= theirs.Cpu * most, otherwise));
        }
    }

    /// <summary>Against the processor time that a row took with the index before, by size: a rate of another day and machine is no measure.</summary>
    private static void Importing(Section section, List<Row> rows)
    {
        const double Faster = 1.2;
        if (section.Size switch { 1_000_000 => 313, 10_000_000 => 378, _ => double.NaN } is not (> 0 and var before)) return;
        var cpu = section.Rows().Where(cells => cells[0].StartsWith("`registry import`", StringComparison.Ordinal)).Select(cells => Results.Number(cells[2])).Append(double.NaN).First();
        rows.Add(new($"import: ≥ 1.2 × its rate with the index before, merging included ({before} µs of processor time a row then)", section.Size,
            $"{Measured.Figure(cpu)} µs: {Ratio(before / cpu)}", cpu <= before / Faster, Why.Import));
    }

    private static void Loading(Section section, List<Row> rows)
    {
        var (first, last) = (section.Find("first of the largest files ([0-9.,]+) MB"), section.Find("first of the largest files [0-9.,]+ MB, last ([0-9.,]+) MB"));
        rows.Add(new("memory of an import flat in their number", section.Size, $"{Measured.Figure(first)} MB in the first file, {Measured.Figure(last)} in the last", last <= first * 1.3, Why.Import));
    }

    private static void Nodes(Section section, List<Row> rows)
    {
        const int Ratios = 5;
        var cells = section.Rows();
        double To(string name) => Results.Number(cells.SkipWhile(row => !row[0].StartsWith(name, StringComparison.Ordinal)).ElementAtOrDefault(1)?[Ratios] ?? "");
        var (reads, posts) = (To("look-ups"), To("single durable posts"));
        rows.Add(new("a node's look-ups: ≤ 1.2 × the processor time of the registry of one file", section.Size, Ratio(reads), reads <= 1.2, Why.NodeReads));
        rows.Add(new("16 posters through one node: at least as many as Fastify on the same PostgreSQL", section.Size, Ratio(posts), posts >= 1, Why.NodePosts));
    }

    private static void Cluster(Section section, List<Row> rows)
    {
        const string Row = @"two nodes, primary and standby \|";
        var posts = section.Find(Row + @" [0-9.,]+ \(([0-9.]+)\)");
        var reads = section.Find(Row + @"(?:[^|]*\|){3} [0-9.,]+ \(([0-9.]+)\)");
        rows.Add(new("two nodes with primary and synchronous standby on this machine: at least half of the posts and reads of one file under the same load", 0,
            $"posts {posts:0.00}, reads {reads:0.00}", posts >= 0.5 && reads >= 0.5, Why.NodeReads));
    }

    private static string Ratio(double ratio) => $"{Measured.Figure(ratio)} ×";

    /// <summary>What a profile of each shows where its goal is missed: shares of samples of `perf`, 16 connections.</summary>
    private static class Why
    {
        public const string
            LookUp = "kernel 29 % (sending 8, threads that wake and wait 15, locks and size of the file 3), SQLite 17 %, the runtime itself 13 %, Kestrel, routing and middleware 17 %, "
                + "the row read and told as a certificate 8 %, JSON 7 %, the line of the log 5 % (at 10,000, on a busy machine). Raw SQLite (17 µs) and Kestrel with constant bytes (9 µs) are 2.9 × by themselves",
            Page = "kernel 25 % (sending 7, reading pages of the file 5), making the text 23 % (its QR code 4), SQLite 11 %, rows and the log's statements read 10 %, the runtime itself 8 %, collecting 3 % (at 57,760, on a busy machine)."
                + " The figure was measured before pieces of a page were lent: in three runs in turns with it (busy), this program took 0.78, 0.83 and 0.94 of its time. A look-up as JSON alone takes more than the goal",
            Request = "not profiled; in process the same search is 0.03 ms, so it is the way in and out",
            Search = "words that are several terms, pinyin and single characters read and join containers of every tile before a first page in an order of its own, or a total, can be told: that is most of each. "
                + "A beginning of a number beyond four characters is listed from the table's own index, up to 100,000 at some 0.3 µs. On a past day each of 2,441 blocks of 4,096 certificates is looked into for its few candidates, "
                + "which lie far apart in memory. Facets add some 6 ns (on a busy machine) for each hit, or for each certificate that is none where these are fewer",
            Growth = "with few certificates a search is its fixed cost (0.1 to 0.3 ms); with more it reads a container a term and tile, and rows where several words can meet: the figures stay under the goals above",
            Load = "wrk, its 64 connections and the server share two processors: a request waits for others' pages",
            Size = "pages of the file, copied from the system's memory where those of 10,000 certificates stay in the connection's own",
            Posts = "of the one writer's clock, a post in commits of 13 (at 100,000): 98 µs to decide and project (the row of the certificate with its nine indexes 23, the index of terms 22, the map some 20 and the root signed again 4, the number looked for 7), "
                + "89 the commit (nine pages into the write-ahead log, of indexes by number 1.4, holder 1.3, code 1.2, id 1.2 and organisation 0.6, of the map 1.8; and its flush, half a megabyte at a time), 60 waiting for the next post; of its processor time 45 % is the writer, 8 what writes pages back, 38 each request beside the writer (its signature 7). Deciding cannot go on during the flush: what SQLite has committed readers see, and while a sync does not return they may neither wait nor see it. Fastify's 16 connections decide nothing and flush together",
            Verification = "of a list's time the collector takes 25 %, JSON 25 %, the look-ups with their rows 20 %, comparing and telling 20 %; in the first minute the compiler as much again",
            Start = "look-ups are answered before that; ready is when the newest certificates, up to 32,768, are in memory, which is made beside the start",
            Memory = "what is kept is some 190 MB of objects after a full collection, of them by reckoning 100 of facts (10 bytes a certificate), 32 of containers and 20 of the order of names; what is more the collector has not given back",
            Workbook = "89 MB are clean pages of the program's and .NET's files, which the system takes back at will, and 24 what the runtime makes of code and types; of the rest 25 are the C library's. In a control group of 150 MB it is answered (how it is measured)",
            Import = "one thread decides and writes; index pages of number, holder and code lie far apart",
            Incomplete = "the limit is 80 ms of the thread's processor time (and eight times that by the clock, for slow disks); what remains is a word whose terms many have and few side by side, whose rows are read",
            NodeReads = "profiled on a busy machine: readers go on in bursts, as the shared question is answered, and between two bursts threads of the pool spun (22 % of a look-up's processor time, 7 in the registry of one file; they sleep at once since) and sleep and wake (5 %, 1); the thread that asks is 7 %",
            NodePosts = "one writer decides them one after another and waits for a message and a flush at each commit (16 posts share it), then writes its own file before the next is decided, beside the answers to this one; Fastify's 16 connections flush together and decide nothing",
            Bytes = "a row of 324 bytes tells a certificate without reading the log; more buys numbers in both spellings and unique within a body (53), holders by the beginning of their name (50), "
                + "either credit code and its beginning (50), names by day and English ones (22), every term, pinyin and initial (73)";
    }
}
