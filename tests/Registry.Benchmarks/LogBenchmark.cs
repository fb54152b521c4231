using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Benchmarks;

/// <summary>What the log costs: sealing beside the same writer without it, and a proof of a long log beside that of a short one. In this process, on a real file, without HTTP.</summary>
public static class LogBenchmark
{
    private const int Short = 10_000, Posters = 16, Alone = 200, Proofs = 500;

    /// <param name="run"><c>Count</c> is the length of the long log.</param>
    public static async Task Run(Settings run)
    {
        var folder = Path.Combine(run.Data, "log");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        var machine = Measured.Machine(folder);

        var rounds = new List<(double With, double Without, double CpuWith, double CpuWithout)>();
        for (var round = 0; round < run.Rounds; round++)
        {
            var (with, without) = (await Posting(folder, seal: true, run.Seconds), await Posting(folder, seal: false, run.Seconds));
            rounds.Add((with.Rate, without.Rate, with.Cpu, without.Cpu));
        }
        var batches = new List<(double With, double Without)>();
        for (var round = 0; round < run.Rounds; round++) batches.Add((await Batches(folder, seal: true), await Batches(folder, seal: false)));

        var (small, large) = (await Length(Path.Combine(folder, "short.db"), Short), await Length(Path.Combine(folder, "long.db"), run.Count));
        static string Row(string what, double one, double other, double? ratio = null) => $"| {what} | {Measured.Figure(one)} | {Measured.Figure(other)} | {(ratio ?? other / one).ToString("0.00", CultureInfo.InvariantCulture)} |";
        Results.Write(run, "log", $"""
            # The log at {run.Count.ToString("#,0", CultureInfo.InvariantCulture)} entries
            {machine}. In one process, without HTTP; the real writer on a real file (WAL, synchronous=FULL). Without sealing means the same statements, signed and projected, without tree and checkpoint.

            | posting certificates | without sealing | sealed | ratio |
            |---|---|---|---|
            {Row($"single posts, {Posters} at once, a second", Median(rounds.Select(r => r.Without)), Median(rounds.Select(r => r.With)), Median(rounds.Select(r => r.With / r.Without)))}
            {Row("processor µs a post", Median(rounds.Select(r => r.CpuWithout)), Median(rounds.Select(r => r.CpuWith)), Median(rounds.Select(r => r.CpuWith / r.CpuWithout)))}
            {Row("in batches of 500, a second", Median(batches.Select(r => r.Without)), Median(batches.Select(r => r.With)), Median(batches.Select(r => r.With / r.Without)))}

            Medians of {run.Rounds} paired rounds; a ratio is the median of the rounds' own.

            | in a log of | {Short.ToString("#,0", CultureInfo.InvariantCulture)} | {run.Count.ToString("#,0", CultureInfo.InvariantCulture)} | ratio |
            |---|---|---|---|
            {Row("append one mark, sealed and durable, µs (median)", small.Append, large.Append)}
            {Row("of it processor µs", small.AppendCpu, large.AppendCpu)}
            {Row("inclusion proof of any entry, µs (median)", small.Proof, large.Proof)}
            {Row("consistency proof from any size, µs (median)", small.Consistency, large.Consistency)}
            {Row("bytes an entry, tree and checkpoint included", small.Bytes, large.Bytes)}
            """);
        Directory.Delete(folder, recursive: true);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

    private static async Task<Database> Fresh(string file, bool seal)
    {
        foreach (var beside in (string[])["", "-wal", "-shm"]) File.Delete(file + beside);
        var database = new Database(Location.File(file), TimeProvider.System, NullLogger<Database>.Instance, NoteSigner.Create("benchmark.invalid/log"), seal ? TreeStore.Seal : _ => null);
        foreach (var (number, name, _) in Generator.Bodies) await database.WriteAsync(t => Publisher.Admit(t, new Admit { Body = number, Name = name }));
        return database;
    }

    internal static CertificateContent Content(GeneratedCertificate made) => new()
    {
        Number = made.Number,
        Holder = made.Holder,
        Category = made.Category,
        Level = made.Level,
        Scope = made.Scope,
        Sites = made.Sites is [] ? null : made.Sites,
        IssuedOn = made.IssuedOn,
        FirstIssuedOn = made.FirstIssuedOn,
        ExpiresOn = made.ExpiresOn,
        SurveyedOn = made.SurveyedOn,
    };

    /// <summary>Sixteen post one certificate after another.</summary>
    private static async Task<(double Rate, double Cpu)> Posting(string folder, bool seal, int seconds)
    {
        await using var database = await Fresh(Path.Combine(folder, "posting.db"), seal);
        var generator = new Generator(1);
        var next = -1L;
        var stop = false;
        Task[] Start() => [.. Enumerable.Range(0, Posters).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref stop))
            {
                var made = generator.Row(Interlocked.Increment(ref next));
                await database.WriteAsync(t => Publisher.Issue(t, made.Body, Content(made)));
            }
        }))];
        var posters = Start();
        await Task.Delay(TimeSpan.FromSeconds(1)); // until what runs is compiled
        var (clock, cpu, first) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime, Volatile.Read(ref next));
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var (posted, took, used) = (Volatile.Read(ref next) - first, clock.Elapsed.TotalSeconds, Environment.CpuUsage.TotalTime - cpu);
        Volatile.Write(ref stop, true);
        await Task.WhenAll(posters);
        return (posted / took, used.TotalMicroseconds / posted);
    }

    /// <summary>One who commits five hundred at a time.</summary>
    private static async Task<double> Batches(string folder, bool seal)
    {
        await using var database = await Fresh(Path.Combine(folder, "batches.db"), seal);
        var generator = new Generator(1);
        var next = 0L;
        Task Batch() => database.WriteAsync(t =>
        {
            for (var i = 0; i < 500; i++)
            {
                var made = generator.Row(next++);
                Publisher.Issue(t, made.Body, Content(made));
            }
            return 0;
        });
        for (var i = 0; i < 4; i++) await Batch();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 10; i++) await Batch();
        return 5000 / clock.Elapsed.TotalSeconds;
    }

    private static async Task<(double Append, double AppendCpu, double Proof, double Consistency, double Bytes)> Length(string file, long size)
    {
        await using var database = await Fresh(file, seal: true);
        var content = Content(new Generator(1).Row(0)) with { Level = null, Category = 1, IssuedOn = Day.Of(DateTimeOffset.UtcNow), ExpiresOn = Day.Of(DateTimeOffset.UtcNow).AddYears(1) };
        var id = (await database.WriteAsync(t => Publisher.Issue(t, Generator.Bodies[0].Number, content))).Id;
        IssueMark Mark(long i) => new() { Body = Generator.Bodies[0].Number, Certificate = id, Placement = Placement.Documents, Text = "标志", Nonce = i.ToString(CultureInfo.InvariantCulture) };
        for (long now; (now = database.Read(EntryLog.Size)) < size;)
        {
            await database.WriteAsync(t =>
            {
                // Signed leaves without their rows in the tables: it is the log that is measured, and ten million marks of one certificate are nobody's.
                var statement = Mark(now) with { OnBehalf = true, StatedAt = EntryLog.Next(t, t.Now) };
                for (var i = 0; i < Math.Min(5000, size - now); i++) EntryLog.Append(t, new(Jws.Sign(t.Signer!, (statement with { Nonce = $"{now + i}" }).ToJson())), statement.StatedAt);
                return 0;
            });
            if (now % 1_000_000 < 5000) Console.Error.Write($"\r{now:#,0} entries ");
        }
        var random = new Random(1);
        var (append, proof, consistency) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < 50; i++) await database.WriteAsync(t => Publisher.IssueMark(t, Mark(-1 - i)));
        var cpu = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < Alone; i++)
        {
            var clock = Stopwatch.GetTimestamp();
            await database.WriteAsync(t => Publisher.IssueMark(t, Mark(-100 - i)));
            append.Add(Stopwatch.GetElapsedTime(clock).TotalMicroseconds);
        }
        var appendCpu = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / Alone;
        for (var i = 0; i < Proofs + 50; i++)
        {
            var (index, from) = (random.NextInt64(size), random.NextInt64(1, size));
            var clock = Stopwatch.GetTimestamp();
            database.Read(db => TreeStore.Prove(db, index, TreeStore.Newest(db)!));
            if (i >= 50) proof.Add(Stopwatch.GetElapsedTime(clock).TotalMicroseconds);
            clock = Stopwatch.GetTimestamp();
            database.Read(db => TreeStore.Newest(db)! is var newest ? MerkleTree.ConsistencyProof(from, newest.Size, TreeStore.Source(db, newest)) : []);
            if (i >= 50) consistency.Add(Stopwatch.GetElapsedTime(clock).TotalMicroseconds);
        }
        var entries = database.Read(EntryLog.Size);
        // What is still in the write-ahead log counts too.
        var bytes = database.Read(db => db.Ask("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", row => row.GetInt64(0)));
        return (Median(append), appendCpu, Median(proof), Median(consistency), (double)bytes / entries);
    }
}
