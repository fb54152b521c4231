using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Registry.Trials;

/// <summary>What a trial found.</summary>
public sealed record TrialResult
{
    public double Seconds { get; init; }
    /// <summary>Statements acknowledged; posts and reads that were answered "not now" or not at all.</summary>
    public int Acknowledged { get; init; }
    public int PostsFailed { get; init; }
    public int Reads { get; init; }
    public int ReadsFailed { get; init; }
    /// <summary>Milliseconds of those that were answered.</summary>
    public double PostMedian { get; init; }
    public double PostP99 { get; init; }
    public double ReadMedian { get; init; }
    public double ReadP99 { get; init; }
    /// <summary>Seconds from each promotion to the next acknowledged statement.</summary>
    public IReadOnlyList<double> Recoveries { get; init; } = [];
    public int ProcessesKilled { get; init; }
    public int PrimariesKilled { get; init; }
    /// <summary>Whatever must not be; empty when all is right.</summary>
    public IReadOnlyList<string> Wrong { get; init; } = [];
}

/// <summary>
/// The program itself under posters and readers: two nodes whose log a primary and a synchronous standby hold, or one process on a data file, for
/// comparison. Nodes and the primary are killed meanwhile, the standby is promoted with the operator's own script, the former primary comes
/// back as it was, and as a standby. Loopback only; bounded in time and in statements.
/// </summary>
public sealed class ClusterTrial : IAsyncDisposable
{
    private const string Body = "CNCA-R-2099-901";
    private const int Posters = 16, Readers = 32, MaxStatements = 100_000;

    private readonly string root, program, folder;
    private readonly int port;
    private readonly bool onServers;
    private readonly Random random;
    private Supervised[] registries;
    private readonly ConcurrentQueue<string> wrong = [];
    private readonly ConcurrentQueue<double> posts = [], reads = [];
    private readonly List<double> recoveries = [];
    private readonly List<string> issued = [];
    private readonly ConcurrentDictionary<string, string> numbers = [];
    private readonly ConcurrentDictionary<string, long> revoked = [];
    private int primary, postsFailed, readsFailed, processesKilled, primariesKilled;
    private long acknowledgedAt;
    private string key = "";

    /// <param name="root">The folder of Registry.sln.</param>
    /// <param name="program">Path of registry.dll.</param>
    /// <param name="folder">Empty; goes away afterwards.</param>
    /// <param name="port">The first of four ports on 127.0.0.1: two servers, two processes.</param>
    /// <param name="onServers">False for one process on a data file.</param>
    /// <param name="seed">Of what happens when.</param>
    public ClusterTrial(string root, string program, string folder, int port, bool onServers, int seed)
    {
        (this.root, this.program, this.folder, this.port, this.onServers, random) = (root, program, folder, port, onServers, new(seed));
        registries = [.. Enumerable.Range(0, onServers ? 2 : 1).Select(i => new Supervised(this, i))];
    }

    private string Server(int i) => Path.Combine(folder, $"server{i}");
    private string Superuser(int i) => $"host=127.0.0.1 port={port + i} user=postgres";
    private string Connection => $"Host=127.0.0.1:{port},127.0.0.1:{port + 1};Database=registry;Username=registry";

    /// <summary>The arguments that name the registry's database and key.</summary>
    public string[] Settings(int process) =>
    [
        $"--Registry:KeyFile={Path.Combine(folder, "registry.key")}", $"--Registry:DataFile={Path.Combine(folder, $"process{process}", "registry.db")}", "--Registry:PublicUrl=https://reg.example",
        .. onServers ? (string[])["--Registry:Database=postgres", $"--Registry:ConnectionString={Connection}"] : [],
    ];

    /// <summary>Makes the servers, the bodies and the processes.</summary>
    /// <param name="fsync">Whether the servers write through to the disk, as they do for an operator.</param>
    public async Task Start(bool fsync)
    {
        // The servers run as another user than root.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        if (onServers)
        {
            await Cluster(fsync, "start", Server(0), $"{port}");
            foreach (var statement in (string[])["CREATE ROLE registry LOGIN; GRANT pg_monitor TO registry", "CREATE DATABASE registry OWNER registry ENCODING 'UTF8'"])
                await Run("psql", ["-X", "-q", "-d", Superuser(0), "-c", statement]);
            await Cluster(fsync, "standby", Server(1), $"{port + 1}", $"{port}");
            await Failover("secure", Superuser(0));
        }
        await Registry("bodies", "add", Body, "示例认证（虚构）有限公司");
        key = (await Registry("bodies", "key", Body)).Trim().Split('\n')[^1];
        foreach (var registry in registries) registry.Start();
        foreach (var registry in registries) await registry.Ready();
    }

    /// <summary>What a trial has to show at least: on a slow machine programs that were killed take seconds to be there again.</summary>
    public const int LeastAcknowledged = 50, LeastReads = 200;

    /// <summary>Posts and reads for some seconds.</summary>
    /// <param name="seconds">How long; up to three times as long where so little has been acknowledged and read by then that it shows nothing.</param>
    /// <param name="promotions">How often the primary is killed and the standby promoted; between them processes are killed. Zero: nothing is.</param>
    /// <param name="pause">Milliseconds between two requests of a reader, and a fifth of them between two of a poster.</param>
    public async Task<TrialResult> Load(int seconds, int promotions, int pause = 0)
    {
        var clock = Stopwatch.StartNew();
        using var stop = new CancellationTokenSource();
        var ending = Task.Run(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds), CancellationToken.None);
            while ((posts.Count <= LeastAcknowledged || reads.Count <= LeastReads) && clock.Elapsed.TotalSeconds < seconds * 3) await Task.Delay(100, CancellationToken.None);
            await stop.CancelAsync();
        });
        var disturbing = promotions > 0 ? Task.Run(() => Disturb(seconds, promotions, stop.Token)) : Task.CompletedTask;
        await Task.WhenAll([.. Enumerable.Range(0, Posters).Select(i => Task.Run(() => Post(i, pause / 5, stop.Token))), .. Enumerable.Range(0, Readers).Select(i => Task.Run(() => Read(i, pause, stop.Token)))]);
        var lasted = clock.Elapsed.TotalSeconds;
        await ending;
        await disturbing;
        foreach (var registry in registries) await registry.Ready();
        await Check();
        foreach (var registry in registries) await registry.Stop();
        try
        {
            var verified = await Registry("verify");
            if (!verified.Contains("All is right.")) wrong.Enqueue(verified);
        }
        catch (InvalidOperationException findings) { wrong.Enqueue(findings.Message); }
        return new()
        {
            Seconds = lasted,
            Acknowledged = posts.Count,
            PostsFailed = postsFailed,
            Reads = reads.Count,
            ReadsFailed = readsFailed,
            PostMedian = At(posts, 0.5),
            PostP99 = At(posts, 0.99),
            ReadMedian = At(reads, 0.5),
            ReadP99 = At(reads, 0.99),
            Recoveries = recoveries,
            ProcessesKilled = processesKilled,
            PrimariesKilled = primariesKilled,
            Wrong = [.. wrong],
        };
    }

    /// <summary>The control: whether the trial would notice a loss. The safety is switched off: nobody waits for the standby, which is gone; then it takes the place of the
    /// primary, and the nodes lose their files, so that nobody is left who knows better.</summary>
    /// <returns>What must not be. Empty: the trial is worth nothing.</returns>
    public async Task<IReadOnlyList<string>> WithoutSafety()
    {
        await Failover("alone", Superuser(0));
        await Cluster(false, "kill", Server(1));
        using (var stop = new CancellationTokenSource(TimeSpan.FromSeconds(3)))
            await Task.WhenAll(Enumerable.Range(0, Posters).Select(i => Task.Run(() => Post(i, 50, stop.Token))));
        foreach (var registry in registries) await registry.Stop();
        await Cluster(false, "kill", Server(0));
        await Cluster(false, "start", Server(1), $"{port + 1}");
        await Cluster(false, "promote", Server(1));
        for (var i = 0; i < registries.Length; i++) Directory.Delete(Path.Combine(folder, $"process{i}"), recursive: true);
        registries = [.. Enumerable.Range(0, registries.Length).Select(i => new Supervised(this, i))];
        foreach (var registry in registries) registry.Start();
        foreach (var registry in registries) await registry.Ready();
        await Check();
        return [.. wrong];
    }

    private static double At(ConcurrentQueue<double> values, double quantile) => values.Order().ToArray() is { Length: > 0 } sorted ? sorted[(int)(quantile * (sorted.Length - 1))] : 0;

    // ---- those who post and those who read

    private async Task Post(int poster, int pause, CancellationToken stop)
    {
        using var http = Client();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        for (var i = 0; !stop.IsCancellationRequested && posts.Count < MaxStatements; i++)
        {
            var number = $"T-{poster}-{i}";
            var draft = $$"""{"number":"{{number}}","holder":{"name":"云帆电器（虚构）有限公司"},"category":26,"level":"five-star","score":96,"scope":"家用电器售后服务（虚构）","issuedOn":"2026-01-01"}""";
            // As a body would: the same again until it is acknowledged, wherever it is answered.
            if (await Until(http, $"/v1/certificates", draft, stop) is not { } answer) return;
            var id = (string)JsonNode.Parse(answer)!["id"]!;
            if (!numbers.TryAdd(number, id)) wrong.Enqueue($"{number} was acknowledged twice");
            lock (issued) issued.Add(id);
            if (pause > 0) await Task.Delay(pause, CancellationToken.None);
            if (i % 3 != 0) continue;
            if (await Until(http, $"/v1/certificates/{id}/revoke", """{"reason":"misuse"}""", stop) is null) return;
            revoked[id] = Stopwatch.GetTimestamp();
        }
    }

    private async Task<string?> Until(HttpClient http, string path, string content, CancellationToken stop)
    {
        for (var turn = Random.Shared.Next(registries.Length); !stop.IsCancellationRequested; turn++)
        {
            var clock = Stopwatch.GetTimestamp();
            try
            {
                using var answer = await http.PostAsync(registries[turn % registries.Length].Address + path, new StringContent(content, Encoding.UTF8, "application/json"), CancellationToken.None);
                var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
                if (answer.IsSuccessStatusCode)
                {
                    posts.Enqueue(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
                    Volatile.Write(ref acknowledgedAt, Stopwatch.GetTimestamp());
                    return text;
                }
                if ((int)answer.StatusCode < 500) wrong.Enqueue($"POST {path} {content}: {(int)answer.StatusCode} {text}");
            }
            catch (Exception down) when (down is HttpRequestException or TaskCanceledException or IOException) { }
            Interlocked.Increment(ref postsFailed);
            await Task.Delay(50, CancellationToken.None);
        }
        return null;
    }

    private async Task Read(int reader, int pause, CancellationToken stop)
    {
        using var http = Client();
        var random = new Random(reader);
        for (var turn = reader; !stop.IsCancellationRequested; turn++)
        {
            string id;
            lock (issued) id = issued.Count == 0 ? "" : random.Next(2) == 0 ? issued[^(1 + random.Next(Math.Min(issued.Count, 64)))] : issued[random.Next(issued.Count)];
            if (id == "" || pause > 0) await Task.Delay(Math.Max(1, pause), CancellationToken.None);
            if (id == "") continue;
            var (isRevoked, clock) = (revoked.ContainsKey(id), Stopwatch.GetTimestamp());
            try
            {
                using var answer = await http.GetAsync($"{registries[turn % registries.Length].Address}/v1/certificates/{id}", CancellationToken.None);
                var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
                if (answer.IsSuccessStatusCode)
                {
                    reads.Enqueue(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
                    if (isRevoked && (string?)JsonNode.Parse(text)!["status"] != "revoked") wrong.Enqueue($"{id} read as {(string?)JsonNode.Parse(text)!["status"]} after its revocation was acknowledged");
                    continue;
                }
                if ((int)answer.StatusCode < 500) wrong.Enqueue($"{id}: {(int)answer.StatusCode} {text}");
            }
            catch (Exception down) when (down is HttpRequestException or TaskCanceledException or IOException) { }
            Interlocked.Increment(ref readsFailed);
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private static HttpClient Client() => new() { Timeout = TimeSpan.FromSeconds(30) };

    // ---- what goes wrong

    private async Task Disturb(int seconds, int promotions, CancellationToken stop)
    {
        try
        {
            for (var i = 0; i < promotions && !stop.IsCancellationRequested; i++)
            {
                var until = Stopwatch.GetTimestamp() + (long)(seconds * 0.8 / promotions * Stopwatch.Frequency);
                await Task.Delay(random.Next(1000, 2500), stop);
                KillProcess();
                await Task.Delay(random.Next(1000, 3000), stop);
                if (i > 0)
                {
                    // It comes back by itself, and its standby to it.
                    await Cluster(false, "kill", Server(primary));
                    primariesKilled++;
                    await Task.Delay(random.Next(0, 500), CancellationToken.None);
                    await Cluster(false, "start", Server(primary), $"{port + primary}");
                    await Task.Delay(random.Next(2000, 4000), stop);
                }
                await Promote();
                while (Stopwatch.GetTimestamp() < until && !stop.IsCancellationRequested)
                {
                    await Task.Delay(random.Next(2000, 4000), stop);
                    KillProcess();
                }
            }
        }
        catch (OperationCanceledException) { }
        catch (Exception error) { wrong.Enqueue($"The trial itself: {error}"); }
    }

    private void KillProcess()
    {
        registries[random.Next(registries.Length)].Kill();
        processesKilled++;
    }

    private async Task Promote()
    {
        var (old, now) = (primary, 1 - primary);
        await Cluster(false, "kill", Server(old));
        primariesKilled++;
        await Task.Delay(random.Next(0, 1000), CancellationToken.None);
        await Failover("promote", Superuser(now), Superuser(old));
        var (promoted, before) = (Stopwatch.GetTimestamp(), Volatile.Read(ref acknowledgedAt));
        for (; Volatile.Read(ref acknowledgedAt) == before; await Task.Delay(20, CancellationToken.None))
            if (Stopwatch.GetElapsedTime(promoted).TotalSeconds > 60) throw new TimeoutException("Nothing is acknowledged a minute after the promotion.");
        recoveries.Add(Stopwatch.GetElapsedTime(promoted).TotalSeconds);
        // The former primary comes back as it was, while a process starts that has never seen the new one.
        await Cluster(false, "start", Server(old), $"{port + old}");
        KillProcess();
        await Task.Delay(2500, CancellationToken.None);
        await Cluster(false, "stop", Server(old));
        await Cluster(false, "standby", Server(old), $"{port + old}", $"{port + now}");
        await Failover("secure", Superuser(now));
        primary = now;
    }

    // ---- what must be

    /// <summary>Every acknowledged statement is there once, by every process.</summary>
    private async Task Check()
    {
        using var http = Client();
        await Parallel.ForEachAsync(numbers, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (acknowledged, cancel) =>
        {
            var (number, id) = acknowledged;
            var registry = registries[Random.Shared.Next(registries.Length)].Address;
            var found = JsonNode.Parse(await http.GetStringAsync($"{registry}/v1/certificates?number={number}", cancel))!["items"]!.AsArray();
            if (found is not [{ } one] || (string?)one["id"] != id)
            {
                wrong.Enqueue($"{number} ({id}) is there {found.Count} times");
                return;
            }
            if (!revoked.ContainsKey(id)) return;
            var history = await http.GetStringAsync($"{registry}/v1/certificates/{id}/history", cancel);
            if (history.Split("\"act\":\"revoke\"").Length != 2) wrong.Enqueue($"{id} has another number of revocations than one: {history}");
        });
    }

    // ---- processes

    private Task<string> Cluster(bool fsync, params string[] arguments) => Run("sh", [Path.Combine(root, "tests", "postgres", "cluster.sh"), .. arguments], fsync);

    private Task<string> Failover(params string[] arguments) => Run("sh", [Path.Combine(root, "db", "postgres-failover.sh"), .. arguments]);

    private Task<string> Registry(params string[] arguments) => Run("dotnet", [program, .. arguments, .. Settings(0)]);

    private async Task<string> Run(string name, string[] arguments, bool fsync = false)
    {
        var start = new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        if (fsync) start.Environment["FSYNC"] = "on";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{name} {string.Join(' ', arguments.Select(Path.GetFileName))}: {process.ExitCode} {await output}{await error}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var registry in registries) await registry.Stop();
        if (onServers)
            for (var i = 0; i < 2; i++) await Cluster(false, "stop", Server(i));
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>A registry process, started again when it has ended, as a supervisor would.</summary>
    private sealed class Supervised(ClusterTrial trial, int number)
    {
        private readonly CancellationTokenSource stopping = new();
        private volatile Process? process;
        private Task running = Task.CompletedTask;

        public string Address => $"http://127.0.0.1:{trial.port + 2 + number}";

        public void Start() => running = Task.Run(async () =>
        {
            while (!stopping.IsCancellationRequested)
            {
                var start = new ProcessStartInfo("sh", ["-c", "exec \"$@\" >>\"$0\" 2>&1", Path.Combine(trial.folder, $"process{number}.log"), "dotnet", trial.program, "serve", "--Logging:LogLevel:Registry.Requests=None", .. trial.Settings(number)]) { WorkingDirectory = trial.folder };
                start.Environment["ASPNETCORE_URLS"] = Address;
                process = Process.Start(start)!;
                await process.WaitForExitAsync();
                if (!stopping.IsCancellationRequested) await Task.Delay(300);
            }
        });

        public void Kill()
        {
            try { process?.Kill(); }
            catch (InvalidOperationException) { } // it has ended by itself
        }

        public async Task Ready()
        {
            using var http = Client();
            for (var begun = Stopwatch.GetTimestamp(); ; await Task.Delay(100))
            {
                try
                {
                    if ((await http.GetAsync($"{Address}/readyz")).StatusCode == HttpStatusCode.OK) return;
                }
                catch (HttpRequestException) { }
                if (Stopwatch.GetElapsedTime(begun).TotalSeconds > 60) throw new TimeoutException($"Process {number} is not ready: {Tail()}");
            }
        }

        private string Tail() => Path.Combine(trial.folder, $"process{number}.log") is var log && File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(5)) : "";

        public async Task Stop()
        {
            await stopping.CancelAsync();
            Kill();
            await running;
        }
    }
}
