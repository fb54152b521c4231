using System.Globalization;
using Registry.Trials;

namespace Registry.Benchmarks;

/// <summary>What several nodes and servers cost, and what is left while they are killed: <see cref="ClusterTrial"/> with servers that write through to the disk.</summary>
public static class ClusterBenchmark
{
    public static async Task Run(Settings run)
    {
        foreach (var tool in (string[])["psql", "pg_basebackup"]) Measured.Tool(tool, "postgresql", "/usr/lib/postgresql/15/bin");
        Directory.CreateDirectory(run.Data);
        var program = Path.Combine(run.Data, "program");
        Console.Error.WriteLine("Publishing the release build.");
        await Measured.Run("dotnet", ["publish", Path.Combine(Measured.Root(), "src", "Registry"), "-c", "Release", "-o", program, "--nologo", "-v", "quiet"]);
        var sqlite = await Trial(run, program, onServers: false, promotions: 0);
        var calm = await Trial(run, program, onServers: true, promotions: 0);
        var disturbed = await Trial(run, program, onServers: true, promotions: Math.Max(1, run.Seconds / 25));
        string Row(string name, TrialResult result) => string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {Measured.Figure(result.Acknowledged / result.Seconds)} ({result.Acknowledged / result.Seconds / (sqlite.Acknowledged / sqlite.Seconds):0.00}) | {Measured.Figure(result.PostMedian)} | {Measured.Figure(result.PostP99)} | {Measured.Figure(result.Reads / result.Seconds)} ({result.Reads / result.Seconds / (sqlite.Reads / sqlite.Seconds):0.00}) | {Measured.Figure(result.ReadMedian)} | {Measured.Figure(result.ReadP99)} | {result.PostsFailed:#,0} / {result.ReadsFailed:#,0} | {(result.Wrong.Count == 0 ? "nothing" : $"**{result.Wrong.Count}: {result.Wrong[0]}**")} |");
        var text = string.Create(CultureInfo.InvariantCulture, $"""
            # Nodes, a primary and its standby
            {Measured.Machine(run.Data)}. 16 posters (a third of what they post are revocations) and 32 readers of single certificates without pauses, all in one process, {run.Seconds} s each; processes, servers and the load share the processors. Both servers write through to the disk, `synchronous_commit = on`.
            While disturbed, {disturbed.ProcessesKilled} processes and {disturbed.PrimariesKilled} primaries were killed; of the primaries {disturbed.Recoveries.Count} were replaced by their standby, came back as they were, and became the standby. From the promotion to the next acknowledged statement: {string.Join(", ", disturbed.Recoveries.Select(Measured.Figure))} s.
            Afterwards every acknowledged statement was looked for by every number, and the whole log and every table verified.

            | load on | posts/s (to SQLite) | p50 ms | p99 ms | reads/s (to SQLite) | p50 ms | p99 ms | not now: posts / reads | wrong |
            |---|---|---|---|---|---|---|---|---|
            {Row("one process, SQLite", sqlite)}
            {Row("two nodes, primary and standby", calm)}
            {Row("the same, killed at random", disturbed)}
            """);
        Results.Write(run with { Count = 0 }, "cluster", text);
        if (sqlite.Wrong.Concat(calm.Wrong).Concat(disturbed.Wrong).FirstOrDefault() is { } wrong) throw new InvalidOperationException(wrong);
    }

    private static async Task<TrialResult> Trial(Settings run, string program, bool onServers, int promotions)
    {
        Console.Error.WriteLine($"{(onServers ? "PostgreSQL" : "SQLite")}, {run.Seconds} s, {promotions} promotion(s).");
        await using var trial = new ClusterTrial(Measured.Root(), Path.Combine(program, "registry.dll"), Directory.CreateTempSubdirectory("registry-cluster-").FullName, run.Port, onServers, (int)run.Seed);
        await trial.Start(fsync: true);
        return await trial.Load(run.Seconds, promotions);
    }
}
