using System.Globalization;

namespace Registry.Benchmarks;

/// <summary>Further certificates into a loaded registry, by its import and by SQLite itself: the same tables and indexes at the same size.</summary>
public static class ImportBenchmark
{
    private const int Rows = 100_000;

    public static async Task Run(Settings run)
    {
        var loaded = await Loaded.Prepare(run);
        var rows = (int)Math.Min(run.Count, Rows);
        var sample = run.Count == rows ? loaded : await Loaded.Prepare(run with { Count = rows });
        var (file, copy) = (Path.Combine(run.Folder, "further.ndjson"), Path.Combine(run.Folder, "further.db"));
        GeneratedFile.Write(file, new Generator(run.Seed), run.Count, rows, 1, '\n', status: true);
        try
        {
            Copy(loaded.Database, copy);
            var import = await loaded.ImportFile(file, Generator.Bodies[0].Number, rows, copy);
            Copy(loaded.Database, copy);
            var half = rows / 2;
            var (plain, all) = (RawSqlite.Insert(sample.Database, 0, half, copy, log: false), RawSqlite.Insert(sample.Database, half, half, copy, log: true));
            double rate = import.Recorded / import.Seconds, plainRate = half / plain.Seconds, allRate = half / all.Seconds;
            Results.Write(run, "import", string.Create(CultureInfo.InvariantCulture, $"""
                # Import beside raw SQLite, into {run.Count:#,0}
                {Measured.Machine(run.Folder)}. {rows:#,0} further rows into a copy of the loaded file: one file by `registry import`, start of the program included; by raw SQLite half of them without and half with the log.

                | by | rows a second | processor µs a row | |
                |---|---|---|---|
                | `registry import`: read, checked, signed, logged, sealed | {Measured.Figure(rate)} | {Measured.Figure(import.Cpu / import.Recorded * 1e6)} | {import.Peak:0} MB at the most, {import.Cpu / import.Seconds:0.00} processors busy |
                | raw SQLite: certificates with their B-trees, without the index | {Measured.Figure(plainRate)} | {Measured.Figure(plain.Cpu / half * 1e6)} | the import comes to {Measured.Figure(rate / plainRate)} of it |
                | raw SQLite: the log too | {Measured.Figure(allRate)} | {Measured.Figure(all.Cpu / half * 1e6)} | the import comes to {Measured.Figure(rate / allRate)} of it |

                """));
        }
        finally
        {
            foreach (var made in Directory.EnumerateFiles(run.Folder, "further.*")) File.Delete(made);
        }
    }

    /// <summary>On the disk before anything is measured.</summary>
    private static void Copy(string from, string to)
    {
        foreach (var old in Directory.EnumerateFiles(Path.GetDirectoryName(to)!, Path.GetFileName(to) + "*")) File.Delete(old);
        File.Copy(from, to);
        using var copy = File.OpenHandle(to, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(copy);
    }
}
