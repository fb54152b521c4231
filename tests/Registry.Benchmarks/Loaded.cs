using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace Registry.Benchmarks;

/// <summary>
/// A registry loaded with generated certificates, through its public face alone: <c>registry bodies add</c>, <c>registry import</c>, and marks over HTTP.
/// Beside the database lie the lists that a load generator draws from: all ids, and the codes of the marks.
/// </summary>
public sealed partial class Loaded
{
    /// <summary>Rows in one import: no more than the registry takes at once.</summary>
    private const int RowsAFile = 100_000;
    private const int Marks = 2_000;

    private readonly Settings run;

    private Loaded(Settings run, string program) => (this.run, Program) = (run, program);

    /// <summary>The release build, published once, so that nothing built meanwhile disturbs it.</summary>
    public string Program { get; }
    public string Database => Path.Combine(run.Folder, "registry.db");
    /// <summary>Ids of all certificates, 13 characters and a line feed each.</summary>
    public string Ids => Path.Combine(run.Folder, "ids");
    public string MarkCodes => Path.Combine(run.Folder, "marks");
    public string Key => File.ReadAllText(Path.Combine(run.Folder, "key"));

    /// <summary>The certificates of the settings in a registry: those of an earlier run when they are there and nobody asks for them again.</summary>
    /// <param name="run">How many, and where.</param>
    /// <param name="again">Load anew.</param>
    /// <param name="publish">False for what does not start the program.</param>
    public static async Task<Loaded> Prepare(Settings run, bool again = false, bool publish = true)
    {
        Directory.CreateDirectory(run.Folder);
        var program = Path.Combine(run.Data, "program");
        if (publish || again) await Publish(program);
        var loaded = new Loaded(run, Path.Combine(program, "registry.dll"));
        var done = Path.Combine(run.Folder, "loaded");
        if (!again && File.Exists(done)) return loaded;
        if (!publish && !again) return await Prepare(run, again: true);
        Directory.Delete(run.Folder, recursive: true);
        Directory.CreateDirectory(run.Folder);
        await loaded.Load(done);
        return loaded;
    }

    /// <summary>The release build with nothing loaded, for registers of their own (<see cref="Fresh"/>).</summary>
    public static async Task<Loaded> Published(Settings run)
    {
        Directory.CreateDirectory(run.Folder);
        var program = Path.Combine(run.Data, "program");
        await Publish(program);
        return new(run, Path.Combine(program, "registry.dll"));
    }

    /// <summary>A register of its own, with its own key, in an empty folder of that name.</summary>
    public Loaded Fresh(string name)
    {
        var fresh = new Loaded(run with { Data = Path.Combine(run.Data, name) }, Program);
        if (Directory.Exists(fresh.run.Folder)) Directory.Delete(fresh.run.Folder, recursive: true);
        Directory.CreateDirectory(fresh.run.Folder);
        return fresh;
    }

    private static Task Publish(string program)
    {
        Console.Error.WriteLine("Publishing the release build.");
        return Measured.Run("dotnet", ["publish", Path.Combine(Measured.Root(), "src", "Registry"), "-c", "Release", "-o", program, "--nologo", "-v", "quiet"]);
    }

    /// <summary>The command line of the registry on a data file, the loaded one when none is named.</summary>
    public Task<string> Registry(string? file, params string[] arguments) => Measured.Run("dotnet", [Program, .. arguments], run.Folder, Environment(file));

    /// <summary>Starts the release build on the loaded file or another.</summary>
    public Task<Server> Serve(int port, string? file = null) =>
        Server.Start("Registry", port, "/readyz", ["dotnet", Program, "serve"], Environment(file, port), run.Folder);

    /// <summary>Starts the release build as a node whose log others share, on a copy of the loaded file.</summary>
    public Task<Server> ServeNode(int port, string file, string address)
    {
        var environment = Environment(file, port);
        (environment["Registry__Database"], environment["Registry__ConnectionString"]) = ("postgres", address);
        return Server.Start("Node", port, "/readyz", ["dotnet", Program, "serve"], environment, run.Folder);
    }

    private Dictionary<string, string> Environment(string? file, int? port = null)
    {
        var environment = new Dictionary<string, string> { ["Registry__DataFile"] = file ?? Database, ["Registry__KeyFile"] = Path.ChangeExtension(Database, ".key"), ["DOTNET_ENVIRONMENT"] = "Production" };
        if (port is not null) environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}";
        return environment;
    }

    /// <summary>Admits the bodies and makes a key of the first.</summary>
    public async Task<string> Admit(string? file = null)
    {
        foreach (var (number, name, _) in Generator.Bodies) await Registry(file, "bodies", "add", number, name);
        return (await Registry(file, "bodies", "key", Generator.Bodies[0].Number)).Trim().Split('\n')[^1].Trim();
    }

    /// <summary>What an import of a file took.</summary>
    /// <param name="Rows">Rows of the file.</param>
    /// <param name="Recorded">Of these.</param>
    /// <param name="Seconds">From the start of the program to its end.</param>
    /// <param name="Cpu">Seconds of processor time.</param>
    /// <param name="Peak">Megabytes resident at the most.</param>
    public sealed record Import(int Rows, int Recorded, double Seconds, double Cpu, double Peak);

    private async Task Load(string done)
    {
        File.WriteAllText(Path.Combine(run.Folder, "key"), await Admit());
        var generator = new Generator(run.Seed);
        var waiting = Generator.Bodies.ToDictionary(body => body.Number, body => (File: Path.Combine(run.Folder, $"{body.Number}.ndjson"), Rows: new ArrayBufferWriter<byte>(), Count: 0));
        var imports = new List<Import>();
        var generating = TimeSpan.Zero;

        void Flush(string body)
        {
            using var file = new FileStream(waiting[body].File, FileMode.Append);
            file.Write(waiting[body].Rows.WrittenSpan);
            waiting[body].Rows.ResetWrittenCount();
        }
        async Task Send(string body)
        {
            var (file, _, count) = waiting[body];
            Flush(body);
            imports.Add(await ImportFile(file, body, count));
            File.Delete(file);
            waiting[body] = waiting[body] with { Count = 0 };
            Console.Error.WriteLine($"{imports.Sum(i => i.Rows):#,0} of {run.Count:#,0} rows; the last {count:#,0} at {count / imports[^1].Seconds:#,0} a second, peak {imports[^1].Peak:0} MB");
        }

        for (var i = 0L; i < run.Count; i++)
        {
            var clock = Stopwatch.GetTimestamp();
            var row = generator.Row(i);
            var (file, rows, count) = waiting[row.Body];
            GeneratedFile.Ndjson(rows, row);
            waiting[row.Body] = (file, rows, count + 1);
            if (rows.WrittenCount > 1 << 18) Flush(row.Body);
            generating += Stopwatch.GetElapsedTime(clock);
            if (count + 1 == RowsAFile) await Send(row.Body);
        }
        foreach (var (body, (_, _, count)) in waiting.ToArray())
            if (count > 0) await Send(body);

        WriteIds();
        await IssueMarks();
        File.WriteAllText(done, "");
        Report(imports, generating);
    }

    /// <summary>Imports a file of that many rows of a body by the command line, into the loaded database or another.</summary>
    public async Task<Import> ImportFile(string file, string body, int rows, string? into = null)
    {
        var start = new ProcessStartInfo("dotnet", [Program, "import", file, "--body", body]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = run.Folder };
        foreach (var (name, value) in Environment(into)) start.Environment[name] = value;
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        var (cpu, peak) = (0.0, 0.0);
        while (!process.HasExited)
        {
            (cpu, peak) = (Math.Max(cpu, Measured.Cpu(process.Id)), Math.Max(peak, Measured.PeakMemory(process.Id)));
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(100));
        }
        var seconds = clock.Elapsed.TotalSeconds;
        var said = await output;
        var summary = Summary().Match(said);
        if (process.ExitCode != 0 || !summary.Success) throw new InvalidOperationException($"The import of {body} failed: {said[..Math.Min(said.Length, 2000)]}{await error}");
        var recorded = int.Parse(summary.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        // Rows whose dates have run out since the day of the data are refused; many refused rows are a fault of the generator or of the registry.
        if (recorded < rows) Console.Error.WriteLine($"{rows - recorded} rows of {body} were not recorded, the first: {said.Split('\n')[0]}");
        if (recorded < rows * 0.98) throw new InvalidOperationException("More than 2 % of the rows were refused.");
        return new(rows, recorded, seconds, cpu, peak);
    }

    [GeneratedRegex(@"([0-9]+) recorded")]
    private static partial Regex Summary();

    /// <summary>Ids come from the file: no answer lists ten million.</summary>
    private void WriteIds()
    {
        using var db = new SqliteConnection($"Data Source={Database};Mode=ReadOnly;Pooling=False");
        db.Open();
        using var command = db.CreateCommand();
        command.CommandText = "SELECT id FROM certificate ORDER BY seq";
        using var reader = command.ExecuteReader();
        using var file = new StreamWriter(Ids, append: false, new UTF8Encoding(false), 1 << 16) { NewLine = "\n" };
        while (reader.Read()) file.WriteLine(reader.GetString(0));
    }

    /// <summary>Marks of valid certificates, posted as a body would: there is no way to bring many at once.</summary>
    private async Task IssueMarks()
    {
        await using var server = await Serve(run.Port);
        using var http = new HttpClient { BaseAddress = new(server.Address) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        var ids = new List<string>();
        for (string? cursor = ""; cursor is not null && ids.Count < Math.Min(Marks, run.Count / 10);)
        {
            var page = JsonNode.Parse(await http.GetStringAsync($"/v1/certificates?body={Generator.Bodies[0].Number}&category=26&status=valid&limit=100{(cursor == "" ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}"))!;
            ids.AddRange(page["items"]!.AsArray().Select(item => (string)item!["id"]!));
            cursor = (string?)page["next"];
        }
        var codes = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (id, cancel) =>
        {
            using var answer = await http.PostAsync($"/v1/certificates/{id}/marks", new StringContent("{\"placement\":\"packaging\",\"text\":\"洗衣机（虚构）\"}", Encoding.UTF8, "application/json"), cancel);
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"A mark was refused: {await answer.Content.ReadAsStringAsync(cancel)}");
            codes.Add((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel))!["code"]!);
        });
        File.WriteAllText(MarkCodes, string.Concat(codes.Order(StringComparer.Ordinal).Select(code => code + "\n")));
    }

    private void Report(List<Import> imports, TimeSpan generating)
    {
        var (rows, seconds) = (imports.Sum(i => i.Rows), imports.Sum(i => i.Seconds));
        var (first, last) = (imports.First(i => i.Rows == imports.Max(j => j.Rows)), imports.Last(i => i.Rows == imports.Max(j => j.Rows)));
        var text = new StringBuilder($"""
            # Import of {run.Count:#,0}
            {Measured.Machine(run.Folder)}. `registry import` of NDJSON files of at most {RowsAFile:#,0} rows, one body each, start of the program included, one after another; the generator's own time ({generating.TotalSeconds:0.0} s) is not.

            | what | figure | |
            |---|---|---|
            | rows a second | {Measured.Figure(rows / seconds)} | |
            | processor time a row | {Measured.Figure(imports.Sum(i => i.Cpu) / rows * 1e6)} µs | the import kept {imports.Sum(i => i.Cpu) / seconds:0.00} processors busy: {(imports.Sum(i => i.Cpu) / seconds > 0.9 ? "limited by the processor" : "partly waiting for the disk or for others on the machine")} |
            | peak memory of an import | {imports.Max(i => i.Peak):0} MB | first of the largest files {first.Peak:0} MB, last {last.Peak:0} MB |
            | first and last of the largest files | {Measured.Figure(first.Rows / first.Seconds)} and {Measured.Figure(last.Rows / last.Seconds)} rows/s | {first.Rows:#,0} rows each |
            | not recorded | {rows - imports.Sum(i => i.Recorded)} | |

            """);
        text.Append(Bytes());
        Results.Write(run, "load", text.ToString());
    }

    /// <summary>What the file holds a certificate, in two lines.</summary>
    public string Bytes()
    {
        const int Shown = 14;
        double Each(IEnumerable<(string Table, long Bytes)> of) => of.Sum(table => (double)table.Bytes) / run.Count;
        var all = Tables();
        if (all.Count == 0) return "";
        var without = all.Where(table => table.Table is not ("entry" or "node" or "checkpoint"));
        var largest = all.OrderByDescending(table => table.Bytes).Take(Shown).Select(table => $"`{table.Table}` {(double)table.Bytes / run.Count:0}");
        return string.Create(CultureInfo.InvariantCulture, $"""
            - the database: {Each(all):#,0} bytes a certificate, {Each(without):#,0} without the log
            - of these {string.Join(", ", largest)}

            """);
    }

    private List<(string Table, long Bytes)> tables = [];

    /// <summary>Bytes of each table and index, by SQLite's own count where the build has it.</summary>
    private List<(string Table, long Bytes)> Tables()
    {
        if (tables.Count > 0) return tables;
        try
        {
            var output = Measured.Run(Measured.Tool("sqlite3", "sqlite3"), ["-readonly", Database, "SELECT name, sum(pgsize) FROM dbstat GROUP BY name"]).GetAwaiter().GetResult();
            tables = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|')).Select(part => (part[0], long.Parse(part[1], CultureInfo.InvariantCulture)))];
        }
        catch (Exception error) when (error is MissingToolException or InvalidOperationException) { Console.Error.WriteLine($"Bytes by table are not known: {error.Message}"); }
        return tables;
    }
}
