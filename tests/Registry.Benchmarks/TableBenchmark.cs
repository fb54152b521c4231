using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Registry.Benchmarks;

/// <summary>Tables as people send them: one list imported in three forms, which give the same register, and files that are meant to exhaust a server.</summary>
public static class TableBenchmark
{
    private const double MostImport = 250, LeastOfCsv = 0.5;

    public static async Task Run(Settings run)
    {
        var published = await Loaded.Published(run);
        var machine = Measured.Machine(run.Folder);
        var text = new StringBuilder();
        if (run.Wants("import")) text.Append(await Imports(run, published));
        if (run.Wants("bad")) text.Append(await BadFiles.Send(run, published));
        Results.Write(run, "tables", $"""
            # Tables, good and bad, at {run.Count.ToString("#,0", CultureInfo.InvariantCulture)} rows
            {machine}.

            {text}
            """);
    }

    // ---- one list in three forms

    private static async Task<string> Imports(Settings run, Loaded published)
    {
        CodePagesEncodingProvider.Instance.GetEncoding("GB18030");
        var folder = run.Folder;
        string[] files = [Path.Combine(folder, "list.ndjson"), Path.Combine(folder, "list.csv"), Path.Combine(folder, "list.xlsx")];
        var (names, header) = ((string[])["NDJSON", "CSV in GB 18030", "XLSX"], GeneratedFile.CsvHeader.TrimEnd().Split(','));
        // A table has no column for further sites, and the register would differ.
        IEnumerable<GeneratedCertificate> Rows()
        {
            var (generator, count) = (new Generator(run.Seed), 0L);
            for (var i = 0L; count < run.Count; i++)
                if (generator.Row(i) is { Sites: [] } row)
                {
                    count++;
                    yield return row;
                }
        }
        using (var json = File.Create(files[0]))
            foreach (var part in Rows().Chunk(1000))
            {
                var buffer = new System.Buffers.ArrayBufferWriter<byte>(1 << 20);
                foreach (var row in part) GeneratedFile.Ndjson(buffer, row);
                json.Write(buffer.WrittenSpan);
            }
        using (var csv = new StreamWriter(files[1], append: false, CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!))
        {
            csv.Write(GeneratedFile.CsvHeader);
            foreach (var row in Rows()) csv.Write(GeneratedFile.Csv(row));
        }
        MadeWorkbook.Write(files[2], Rows().Select(GeneratedFile.Cells).Prepend(header));

        var (imports, registers) = (new List<Loaded.Import>[3], new HashSet<string>());
        for (var round = 0; round < run.Rounds; round++)
            for (var form = 0; form < files.Length; form++)
            {
                var fresh = published.Fresh($"tables-{form}");
                await fresh.Admit();
                (imports[form] ??= []).Add(await fresh.ImportFile(files[form], Generator.Bodies[0].Number, (int)run.Count));
                registers.Add(Register(fresh.Database));
            }
        double Rate(int form) => Median(imports[form].Select(one => one.Recorded / one.Seconds));
        double Peak(int form) => imports[form].Max(one => one.Peak);
        var share = Median(imports[2].Zip(imports[1], (xlsx, csv) => xlsx.Recorded / xlsx.Seconds / (csv.Recorded / csv.Seconds)));
        var text = new StringBuilder($"""
            One list by `registry import` into fresh registers, in turns, medians of {run.Rounds} rounds, peaks the largest. The registers, every column but ids and indices (those follow from signatures): {(registers.Count == 1 ? "the same in all three forms" : $"**{registers.Count} different ones**")}.

            | form | MB | rows a second | processor µs a row | MB at the most |
            |---|---|---|---|---|

            """);
        for (var form = 0; form < files.Length; form++)
        {
            var cpu = Median(imports[form].Select(one => one.Cpu / one.Recorded * 1e6));
            text.Append(CultureInfo.InvariantCulture, $"| {names[form]} | {new FileInfo(files[form]).Length >> 20} | {Measured.Figure(Rate(form))} | {Measured.Figure(cpu)} | {Peak(form):0} |\n");
        }
        string Met(bool met) => met ? "yes" : "**no**";
        text.Append(CultureInfo.InvariantCulture, $"""

            | asked | figure | goal | met |
            |---|---|---|---|
            | CSV's rate beside that of the same list as a workbook | {Measured.Figure(1 / share)} × | {1 / LeastOfCsv} × | {Met(share >= LeastOfCsv)} |
            | memory of an import of a workbook of {run.Count:#,0} rows | {Peak(2):0} MB | {MostImport} MB | {Met(Peak(2) <= MostImport)} |


            """);
        foreach (var file in files) File.Delete(file);
        for (var form = 0; form < files.Length; form++) Directory.Delete(Path.Combine(run.Data, $"tables-{form}"), recursive: true);
        return text.ToString();
    }

    /// <summary>A hash over what certificates say, in the order of their numbers.</summary>
    private static string Register(string database)
    {
        using var db = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
        db.Open();
        using var command = db.CreateCommand();
        command.CommandText = """
            SELECT number, holder_name, holder_name_en, uscc, region, address, category, standard, level, scope, sites, issued_on, first_issued_on, expires_on, surveyed_on,
                   suspended_on, suspended_until, suspended_reason, ended_on, ended_as, ended_reason
            FROM certificate ORDER BY number_key, category, issued_on
            """;
        using var reader = command.ExecuteReader();
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        while (reader.Read())
            hash.AppendData(Encoding.UTF8.GetBytes(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(n => reader.IsDBNull(n) ? "" : reader.GetValue(n).ToString())) + "\n"));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;
}

/// <summary>Files that are meant to exhaust a server, each sent to one of its own: what it answers, after how long, and the most memory it took.</summary>
internal static class BadFiles
{
    private const double MostSeconds = 10, MostMegabytes = 300;
    private const long Megabyte = 1 << 20, MostInMemory = 256 * Megabyte;
    private const string Csv = "text/csv", Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Json = "application/json";
    private const string Lists = "/v1/verifications", Import = "/v1/imports?dryRun=true";

    private sealed record Bad(string Name, string Path, string Type, Func<string, Task> Make);

    public static async Task<string> Send(Settings run, Loaded published)
    {
        var fresh = published.Fresh("tables-bad");
        var key = await fresh.Admit();
        var file = Path.Combine(run.Folder, "bad");
        var text = new StringBuilder($"""
            Each bad file goes to a server of its own. Goal: a clear answer within {MostSeconds} s and {MostMegabytes} MB.

            | sent | MB | to | answer | s | MB at the most | met |
            |---|---|---|---|---|---|---|

            """);
        foreach (var bad in All)
        {
            if (!run.Wants("bad") && !run.Wants(bad.Name)) continue;
            await bad.Make(file);
            await using var server = await fresh.Serve(run.Port);
            using var http = new HttpClient { BaseAddress = new(server.Address), Timeout = TimeSpan.FromMinutes(3) };
            http.DefaultRequestHeaders.Authorization = new("Bearer", key);
            var clock = Stopwatch.StartNew();
            var told = await Answer(http, bad, file);
            var (seconds, peak) = (clock.Elapsed.TotalSeconds, Measured.PeakMemory(server.Id));
            var row = $"| {bad.Name} | {new FileInfo(file).Length / (double)Megabyte:0.0} | `{bad.Path.Split('?')[0]}` | {told} | {Measured.Figure(seconds)} | {peak:0} | {(seconds <= MostSeconds && peak <= MostMegabytes ? "yes" : "**no**")} |";
            Console.Error.WriteLine(row);
            text.Append(row).Append('\n');
        }
        File.Delete(file);
        Directory.Delete(Path.Combine(run.Data, "tables-bad"), recursive: true);
        return text.ToString();
    }

    private static async Task<string> Answer(HttpClient http, Bad bad, string file)
    {
        using var content = new StreamContent(File.OpenRead(file), 1 << 16);
        content.Headers.ContentType = new(bad.Type);
        try
        {
            using var answer = await http.PostAsync(bad.Path, content);
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode == HttpStatusCode.OK) return $"200, {text.Length / (double)Megabyte:0.0} MB";
            return $"{(int)answer.StatusCode} {(string?)JsonNode.Parse(text)?["code"]}";
        }
        // A server that has answered need not read on: the client is still writing.
        catch (HttpRequestException error) { return $"refused while it was sent ({(error.InnerException ?? error).GetType().Name})"; }
    }

    private static readonly Bad[] All =
    [
        new("nothing", Lists, Csv, file => Text(file, [])),
        new("a workbook cut in half", Lists, Xlsx, async file =>
        {
            MadeWorkbook.Write(file, Rows(5000));
            await using var cut = File.OpenWrite(file);
            cut.SetLength(cut.Length / 2);
        }),
        new("a workbook with a password", Lists, Xlsx, file => File.WriteAllBytesAsync(file, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, .. new byte[2000], .. Encoding.Unicode.GetBytes("EncryptedPackage"), .. new byte[4000]])),
        new("10,001 rows, workbook", Lists, Xlsx, file => { MadeWorkbook.Write(file, Rows(10_001)); return Task.CompletedTask; }),
        new("10,001 rows, CSV", Lists, Csv, file => Text(file, Rows(10_001).Select(row => string.Join(',', row) + "\n"))),
        new("10,001 rows, JSON", Lists, Json, file => Text(file, Enumerable.Repeat("{\"number\":\"X-1\"},", 10_000).Prepend("{\"rows\":[").Append("{\"number\":\"X-1\"}]}"))),
        new("500 MB of CSV", Lists, Csv, file => Repeated(file, "证书编号,获证组织名称\n", "BAD-1,虚构（演示）有限公司\n", 500 * Megabyte)),
        new("500 MB of CSV", Import, Csv, file => Repeated(file, GeneratedFile.CsvHeader, "BAD-1,虚构（演示）有限公司\n", 500 * Megabyte)),
        new("500 MB that call themselves a workbook", Lists, Xlsx, file => Repeated(file, "PK\u0003\u0004", "rubbish\n", 500 * Megabyte)),
        new("a zip bomb, 2 GB told", Lists, Xlsx, file => { Bomb(file, "xl/worksheets/sheet1.xml", "<row/>", 2000 * Megabyte, lie: false); return Task.CompletedTask; }),
        new("a zip bomb, 2 GB found where 1 MB is told", Lists, Xlsx, file => { Bomb(file, "xl/worksheets/sheet1.xml", "<row/>", 2000 * Megabyte, lie: true); return Task.CompletedTask; }),
        new("a zip bomb, 2 GB found where 1 MB is told", Import, Xlsx, file => { Bomb(file, "xl/worksheets/sheet1.xml", "<row/>", 2000 * Megabyte, lie: true); return Task.CompletedTask; }),
        new("250 MB of rows without cells, within the bounds", Lists, Xlsx, file => { Bomb(file, "xl/worksheets/sheet1.xml", "<row/>", 250 * Megabyte, lie: false); return Task.CompletedTask; }),
        new("60 MB of texts, within the bounds", Lists, Xlsx, file => { Bomb(file, "xl/sharedStrings.xml", "<si><t>虚构的文字</t></si>", 60 * Megabyte, lie: false); return Task.CompletedTask; }),
        new("gzip of 2 GB of CSV", Import, "application/gzip", async file =>
        {
            await using var gzip = new GZipStream(File.Create(file), CompressionLevel.Fastest);
            await Repeat(gzip, "BAD-1,虚构（演示）有限公司\n", 2000 * Megabyte);
        }),
        new("one line of 60 MB", Import, Csv, file => Repeated(file, GeneratedFile.CsvHeader, "BAD-1,虚构（演示）", 60 * Megabyte)),
        new("a quote that never closes, 60 MB", Import, Csv, file => Repeated(file, GeneratedFile.CsvHeader + "\"", "BAD-1,虚构（演示）\n", 60 * Megabyte)),
        new("a header of a million columns", Lists, Csv, file => Text(file, ["证书编号", .. Enumerable.Repeat(",列", 1_000_000), "\nX-1\n"])),
        new("JSON a million deep", Lists, Json, file => Text(file, Enumerable.Repeat("[", 1_000_000))),
        new("JSON of 500 MB", Lists, Json, file => Repeated(file, "{\"rows\":[", "{\"number\":\"X-1\"},", 500 * Megabyte)),
    ];

    private static IEnumerable<string?[]> Rows(int count) =>
        Enumerable.Range(1, count).Select(i => (string?[])[$"{i}", $"=HYPERLINK(\"http://example.invalid\",\"{i}\")", $"BAD-{i}"]).Prepend(["序号", "投标人名称", "证书编号"]);

    private static async Task Text(string file, IEnumerable<string> parts)
    {
        await using var to = new StreamWriter(file, append: false, new UTF8Encoding(false), 1 << 16);
        foreach (var part in parts) await to.WriteAsync(part);
    }

    private static async Task Repeated(string file, string begin, string rest, long bytes)
    {
        await using var to = File.Create(file);
        await to.WriteAsync(Encoding.UTF8.GetBytes(begin));
        await Repeat(to, rest, bytes);
    }

    private static async Task Repeat(Stream to, string text, long bytes)
    {
        var block = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, 1 + (1 << 16) / text.Length)));
        for (long written = 0; written < bytes; written += block.Length) await to.WriteAsync(block);
    }

    /// <summary>A workbook one of whose parts is repeated content of that size. A liar's directory tells a megabyte of it.</summary>
    private static void Bomb(string file, string part, string content, long bytes, bool lie)
    {
        MadeWorkbook.Write(file, Rows(3));
        Part();
        if (bytes > MostInMemory) Inflate(file, part, content, bytes, lie);

        void Part()
        {
            using var zip = new ZipArchive(File.Open(file, FileMode.Open, FileAccess.ReadWrite), ZipArchiveMode.Update);
            zip.GetEntry(part)!.Delete();
            using var to = zip.CreateEntry(part, CompressionLevel.Fastest).Open();
            var isSheet = part.Contains("sheet1", StringComparison.Ordinal);
            to.Write(Encoding.UTF8.GetBytes($"<{(isSheet ? "worksheet" : "sst")} xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">{(isSheet ? "<sheetData>" : "")}"));
            // An archive that is changed is made in memory: a large bomb is written as a stream of its own below, and has no end.
            if (bytes > MostInMemory) return;
            Repeat(to, content, bytes).GetAwaiter().GetResult();
            to.Write(Encoding.UTF8.GetBytes(isSheet ? "</sheetData></worksheet>" : "</sst>"));
        }
    }

    /// <summary>Makes the archive anew beside, with the part at its length, and lets the directory lie about it on demand.</summary>
    private static void Inflate(string file, string part, string content, long bytes, bool lie)
    {
        var made = file + ".made";
        using (var from = ZipFile.OpenRead(file))
        using (var to = new ZipArchive(File.Create(made), ZipArchiveMode.Create))
            foreach (var entry in from.Entries)
            {
                using var source = entry.Open();
                using var target = to.CreateEntry(entry.FullName, CompressionLevel.Fastest).Open();
                source.CopyTo(target);
                if (entry.FullName == part) Repeat(target, content, bytes).GetAwaiter().GetResult();
            }
        File.Move(made, file, overwrite: true);
        if (!lie) return;
        var directory = File.ReadAllBytes(file);
        var name = Encoding.ASCII.GetBytes(part);
        for (var at = 0; (at = Array.IndexOf(directory, (byte)'P', at)) >= 0 && at < directory.Length - 46; at++)
        {
            // Of an entry of the central directory (PK 1 2) the uncompressed size stands at 24 and the name at 46.
            if (directory[at + 1] != 'K' || directory[at + 2] != 1 || directory[at + 3] != 2 || !directory.AsSpan(at + 46).StartsWith(name)) continue;
            BitConverter.GetBytes((uint)Megabyte).CopyTo(directory, at + 24);
        }
        File.WriteAllBytes(file, directory);
    }
}
