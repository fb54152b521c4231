using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Certificates;

namespace Registry.Benchmarks;

/// <summary>What an officer's list costs: 10,000 rows as JSON and as a workbook, forty kept and signed with their proofs and PDF, and the check of that file.</summary>
public static class AnswerBenchmark
{
    private const int Rows = 10_000, Bidders = 40, WarmUp = 10, Answers = 20;
    private const string Workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    /// <summary>What issue 16 asks: times of raw SQLite, seconds and megabytes of a workbook, milliseconds of an answer, seconds of its check.</summary>
    private const double MostOfRaw = 1.5, MostSeconds = 5, MostMegabytes = 150, MostAnswer = 100, MostCheck = 1;
    /// <summary>Megabytes of an answer of as many rows as may be asked.</summary>
    private const double MostLarge = 300;

    public static async Task Run(Settings run)
    {
        var loaded = await Loaded.Prepare(run);
        var machine = Measured.Machine(run.Folder);
        // Answers are kept: in a copy, so that the loaded file stays what it is.
        var file = Path.Combine(run.Folder, "answers.db");
        File.Copy(loaded.Database, file, overwrite: true);
        var text = new StringBuilder();
        try
        {
            if (run.Wants("json")) text.Append(await AsJson(run, loaded, file));
            if (run.Wants("workbook")) text.Append(await AsWorkbook(run, loaded, file));
            if (run.Wants("answer")) text.Append(await Kept(run, loaded, file));
            if (run.Wants("large")) text.Append(await Large(run, loaded, file));
        }
        finally { foreach (var made in Directory.EnumerateFiles(run.Folder, "answers.*")) File.Delete(made); }
        Results.Write(run, "lists", $"""
            # Lists and signed answers, of {run.Count.ToString("#,0", CultureInfo.InvariantCulture)} certificates
            {machine}. The release build over HTTP, one request at a time; processor time is the server's, of all its threads, from /proc. Medians of {run.Rounds} rounds.

            | asked | figure | goal | met |
            |---|---|---|---|
            {text}
            """);
    }

    private static string Row(string what, string figure, string goal, bool met) => $"| {what} | {figure} | {goal} | {(met ? "yes" : "**no**")} |\n";

    private static string[] Numbers(Settings run, int stream, int count)
    {
        var (generator, draw) = (new Generator(run.Seed), new Generator.Draw(run.Seed, stream, 0));
        return [.. Enumerable.Range(0, count).Select(_ => generator.Row((long)(draw.Unit() * run.Count)).Number)];
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

    private static async Task<string> AsJson(Settings run, Loaded loaded, string file)
    {
        await using var server = await loaded.Serve(run.Port, file);
        using var http = Client(server);
        var rounds = new List<(double Ours, double Raw)>();
        for (var round = -1; round < run.Rounds; round++)
        {
            var numbers = Numbers(run, 20 + round, Rows);
            var question = new JsonObject { ["rows"] = new JsonArray([.. numbers.Select(number => new JsonObject { ["number"] = number })]) }.ToJsonString();
            var before = server.Cpu;
            const int times = 3;
            for (var n = 0; n < times; n++) await Post(http, "/v1/verifications", new StringContent(question, Encoding.UTF8, "application/json"));
            var ours = (server.Cpu - before) / times / Rows * 1e6;
            if (round >= 0) rounds.Add((ours, RawSqlite.ByNumber(loaded.Database, [.. numbers.Select(number => CertificateNumber.Normalise(number)!)])));
        }
        var ratio = Median(rounds.Select(r => r.Ours / r.Raw));
        var figure = $"{Measured.Figure(Median(rounds.Select(r => r.Ours)))} µs of processor time a row; raw SQLite reads one in {Measured.Figure(Median(rounds.Select(r => r.Raw)))}: {Measured.Figure(ratio)} ×";
        return Row($"{Rows:#,0} numbers verified as JSON (raw: the same look-ups, a prepared statement, every column of certificate and body)", figure, $"{MostOfRaw} ×", ratio <= MostOfRaw);
    }

    /// <summary>A server of its own for each round, because the peak is the process'.</summary>
    private static async Task<string> AsWorkbook(Settings run, Loaded loaded, string file)
    {
        var made = Path.Combine(run.Folder, "answers.xlsx");
        var generator = new Generator(run.Seed);
        var draw = new Generator.Draw(run.Seed, 40, 0);
        string?[] Line(int i)
        {
            var row = generator.Row((long)(draw.Unit() * run.Count));
            return [$"{i + 1}", row.Holder.Name, row.Number, row.Holder.Uscc, "二〇二六年度招标", $"{i % 97}"];
        }
        MadeWorkbook.Write(made, Enumerable.Range(0, Rows).Select(Line).Prepend(["序号", "投标人名称", "证书编号", "统一社会信用代码", "标段", "备注"]));
        var rounds = new List<(double Seconds, double Cpu, double Peak, double Before, double Bytes)>();
        for (var round = 0; round < run.Rounds; round++)
        {
            await using var server = await loaded.Serve(run.Port, file);
            using var http = Client(server);
            await Post(http, "/v1/verifications", new StringContent("""{"rows":[{"number":"X"}]}""", Encoding.UTF8, "application/json"));
            var (before, cpu, clock) = (Measured.PeakMemory(server.Id), server.Cpu, Stopwatch.StartNew());
            var bytes = await Post(http, "/v1/verifications?format=xlsx&lang=zh", OfFile(made, Workbook));
            rounds.Add((clock.Elapsed.TotalSeconds, server.Cpu - cpu, Measured.PeakMemory(server.Id), before, bytes.Length));
        }
        var (seconds, peak) = (Median(rounds.Select(r => r.Seconds)), Median(rounds.Select(r => r.Peak)));
        var figure = $"{Measured.Figure(seconds)} s ({Measured.Figure(Median(rounds.Select(r => r.Cpu)))} of processor time), {Measured.Figure(peak)} MB at the most, {Measured.Figure(Median(rounds.Select(r => r.Before)))} before it; {new FileInfo(made).Length / 1024} kB in, {rounds[0].Bytes / 1024:0} out";
        return Row($"a workbook of {Rows:#,0} rows in and out, the first request of its process", figure, $"{MostSeconds} s, {MostMegabytes} MB", seconds <= MostSeconds && peak <= MostMegabytes);
    }

    private static async Task<string> Kept(Settings run, Loaded loaded, string file)
    {
        await using var server = await loaded.Serve(run.Port, file);
        using var http = Client(server);
        var steps = new Dictionary<string, List<double>> { ["kept"] = [], ["proofs"] = [], ["PDF"] = [] };
        byte[] signed = [], pdf = [];
        for (var round = -1; round < run.Rounds; round++)
        {
            var ids = new List<string>();
            async Task Step(string name, Func<int, Task> act)
            {
                var (times, before) = (round < 0 ? WarmUp : Answers, server.Cpu);
                for (var n = 0; n < times; n++) await act(n);
                if (round >= 0) steps[name].Add((server.Cpu - before) / times * 1000);
            }
            await Step("kept", async n =>
            {
                var question = new JsonObject { ["rows"] = new JsonArray([.. Numbers(run, 100 + n, Bidders).Select(number => new JsonObject { ["number"] = number })]) };
                ids.Add((string)JsonNode.Parse(await Post(http, "/v1/answers", new StringContent(question.ToJsonString(), Encoding.UTF8, "application/json")))!["id"]!);
            });
            await Step("proofs", async n => signed = await http.GetByteArrayAsync($"/v1/answers/{ids[n]}"));
            await Step("PDF", async n => pdf = await http.GetByteArrayAsync($"/v1/answers/{ids[n]}.pdf"));
        }
        var all = Enumerable.Range(0, run.Rounds).Select(round => steps.Values.Sum(step => step[round])).ToArray();
        var parts = string.Join(", ", steps.Select(step => $"{step.Key} {Measured.Figure(Median(step.Value))}"));
        var answer = Row($"an answer of {Bidders} rows, signed and kept, its file with the proofs, its PDF", $"{Measured.Figure(Median(all))} ms of processor time ({parts}); {signed.Length / 1024} and {pdf.Length / 1024} kB", $"{MostAnswer} ms", Median(all) <= MostAnswer);

        var path = Path.Combine(run.Folder, "answers.json");
        await File.WriteAllBytesAsync(path, signed);
        var key = (string)JsonNode.Parse(signed)!["log"]!;
        var checks = new List<double>();
        for (var n = 0; n <= run.Rounds; n++)
        {
            var clock = Stopwatch.StartNew();
            await loaded.Registry(null, "check", path, "--key", key);
            if (n > 0) checks.Add(clock.Elapsed.TotalSeconds);
        }
        return answer + Row("`registry check` of that file, the start of the program included", $"{Measured.Figure(Median(checks))} s", $"{MostCheck} s", Median(checks) <= MostCheck);
    }

    /// <summary>A server of its own for each step, because the peak is the process'.</summary>
    private static async Task<string> Large(Settings run, Loaded loaded, string file)
    {
        var question = new JsonObject { ["rows"] = new JsonArray([.. Numbers(run, 60, Rows).Select(number => new JsonObject { ["number"] = number })]) };
        var peaks = new List<(string Step, double Peak)>();
        async Task Step(string name, Func<HttpClient, Task> act)
        {
            await using var server = await loaded.Serve(run.Port, file);
            using var http = Client(server);
            await act(http);
            peaks.Add((name, Measured.PeakMemory(server.Id)));
        }
        var id = "";
        await Step("kept", async http =>
            id = (string)JsonNode.Parse(await Post(http, "/v1/answers", new StringContent(question.ToJsonString(), Encoding.UTF8, "application/json")))!["id"]!);
        foreach (var (name, path) in ((string, string)[])[("its file", ""), ("PDF", ".pdf"), ("workbook", ".xlsx"), ("CSV", ".csv")])
            await Step(name, http => http.GetByteArrayAsync($"/v1/answers/{id}{path}"));
        var figure = string.Join(", ", peaks.Select(peak => $"{peak.Step} {peak.Peak:0}"));
        return Row($"memory of an answer of {Rows:#,0} rows, each step in a process of its own", $"{figure} MB at the most", $"{MostLarge} MB", peaks.All(peak => peak.Peak <= MostLarge));
    }

    private static HttpClient Client(Server server) => new() { BaseAddress = new(server.Address), Timeout = TimeSpan.FromMinutes(2) };

    private static StreamContent OfFile(string file, string type)
    {
        var content = new StreamContent(File.OpenRead(file));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return content;
    }

    private static async Task<byte[]> Post(HttpClient http, string path, HttpContent content)
    {
        using var sent = content;
        using var answer = await http.PostAsync(path, sent);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        return answer.IsSuccessStatusCode ? bytes : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 1000)])}");
    }
}
