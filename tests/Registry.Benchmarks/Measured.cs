using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Registry.Benchmarks;

/// <summary>A tool this machine lacks, and where it comes from.</summary>
public sealed class MissingToolException(string tool, string package) : Exception($"{tool} is missing: apt-get install {package}");

/// <summary>What one drive of a server by wrk gave. Times are microseconds.</summary>
/// <param name="Requests">Answered.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Failed">Statuses from 400 on, and broken connections.</param>
/// <param name="P50">Half the answers came within it.</param>
/// <param name="P99">99 of 100.</param>
/// <param name="Worst">The slowest.</param>
/// <param name="Cpu">Processor time (user and system, all threads, children too) of the server a request.</param>
/// <param name="Bytes">Of an answer with its headers.</param>
/// <param name="Server">Processors the server kept busy, on average.</param>
/// <param name="Generator">Processors wrk kept busy.</param>
/// <param name="Others">Processors everything else on the machine kept busy: what disturbs the run.</param>
public sealed record Drive(long Requests, double Seconds, long Failed, double P50, double P99, double Worst, double Cpu, double Bytes, double Server, double Generator, double Others)
{
    public double Rate => Requests / Seconds;

    /// <summary>The median of each figure over paired rounds.</summary>
    public static Drive Median(IReadOnlyCollection<Drive> rounds)
    {
        double Of(Func<Drive, double> figure) => rounds.Select(figure).Order().ElementAt(rounds.Count / 2);
        return new((long)Of(r => r.Requests), Of(r => r.Seconds), rounds.Sum(r => r.Failed), Of(r => r.P50), Of(r => r.P99), rounds.Max(r => r.Worst), Of(r => r.Cpu), Of(r => r.Bytes), Of(r => r.Server), Of(r => r.Generator), Of(r => r.Others));
    }

    /// <summary>What stood in the way of more, read from who kept the processors busy.</summary>
    public string Limit
    {
        get
        {
            var busy = Server + Generator + Others;
            var who = string.Create(CultureInfo.InvariantCulture, $"{Server:0.0} + {Generator:0.0} + {Others:0.0}");
            return busy > Environment.ProcessorCount * 0.9 ? $"{who}: processors" : Generator > 0.9 ? $"{who}: generator" : Server > 0.9 && Server < 1.1 ? $"{who}: one thread" : $"{who}: waiting";
        }
    }
}

/// <summary>Megabytes in memory.</summary>
/// <param name="Rss">As top and ps say: a page that several connections have mapped counts once for each.</param>
/// <param name="Pss">Every page counted once.</param>
/// <param name="Own">Of these its own, without mapped files.</param>
public sealed record Footprint(double Rss, double Pss, double Own)
{
    public const string Title = "Memory in MB as resident (every page counted once; of it own, without mapped files)";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Rss:0} ({Pss:0}; {Own:0})");
}

/// <summary>Runs and measures.</summary>
public static class Measured
{
    private const double TicksASecond = 100; // USER_HZ, which /proc always counts in

    /// <summary>Runs a command; what is missing or refused is a line on standard error and exit code 1.</summary>
    public static async Task<int> Command(Func<Task> act)
    {
        try
        {
            await act();
            return 0;
        }
        catch (Exception error) when (error is MissingToolException or InvalidOperationException)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    /// <summary>The full path of a tool.</summary>
    public static string Tool(string name, string package, params string[] folders) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", .. folders]).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists) ?? throw new MissingToolException(name, package);

    /// <summary>The folder of Registry.sln, above the built program.</summary>
    public static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Registry.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("Registry.sln is not above the program.");
        return folder.FullName;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0.</exception>
    public static async Task<string> Run(string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "" };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var said = await error;
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{Path.GetFileName(program)} {string.Join(' ', arguments.Take(3))}…: exit code {process.ExitCode}\n{said[..Math.Min(said.Length, 2000)]}{output[..Math.Min(output.Length, 2000)]}");
    }

    /// <summary>Drives a server with wrk on one thread: a second thread would take the processor the server needs.</summary>
    /// <param name="server">Whose processor time is counted.</param>
    /// <param name="connections">Kept open, each with one request under way.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="seed">Of what is asked.</param>
    /// <param name="delay">Mean milliseconds before a connection asks again.</param>
    /// <param name="asked">What is asked: the arguments of wrk/load.lua.</param>
    public static async Task<Drive> Wrk(Server server, int connections, double seconds, int seed, double delay, params string[] asked)
    {
        string[] arguments = ["-t1", $"-c{connections}", $"-d{Math.Max(1, (int)seconds)}s", "--timeout", "30s", "-s", Path.Combine(AppContext.BaseDirectory, "wrk", "load.lua"), server.Address, "--", .. asked, seed.ToString(CultureInfo.InvariantCulture), delay.ToString(CultureInfo.InvariantCulture)];
        var (machine, before) = (MachineBusy(), server.Cpu);
        var start = new ProcessStartInfo(Tool("wrk", "wrk"), arguments) { RedirectStandardOutput = true };
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var generator = 0.0;
        // The processor time of a process is gone with it: it is read until shortly before.
        while (!process.HasExited)
        {
            generator = Math.Max(generator, Cpu(process.Id));
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(100));
        }
        var (wall, used, busy) = (clock.Elapsed.TotalSeconds, server.Cpu - before, MachineBusy() - machine);
        var line = (await output).Split('\n').FirstOrDefault(l => l.StartsWith("RESULT ", StringComparison.Ordinal)) ?? throw new InvalidOperationException($"wrk gave no result: {await output}");
        var n = line.Split(' ')[1..].Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        // Slower than the time given it: more time, up to a minute or two.
        if (n[0] == 0) return seconds < 60 ? await Wrk(server, connections, seconds * 3, seed, delay, asked) : throw new InvalidOperationException($"No answer from {server.Name} to {string.Join(' ', asked.Take(3))}.");
        return new((long)n[0], n[1] / 1e6, (long)(n[2] + n[3]), n[4], n[5], n[6], used / n[0] * 1e6, n[7] / n[0], used / wall, generator / wall, Math.Max(0, busy - used - generator) / wall);
    }

    /// <summary>Drives a server until its requests get no cheaper: a just-in-time compiler is done after some ten thousand of them, later where the machine is busy.</summary>
    public static async Task WarmUp(Server server, int connections, params string[] asked)
    {
        var last = double.MaxValue;
        for (var n = 0; n < 8; n++)
        {
            var cpu = (await Wrk(server, connections, 2, 1000 + n, 0, asked)).Cpu;
            if (cpu > last * 0.9) return;
            last = cpu;
        }
    }

    /// <summary>User and system seconds of a process and all its children, those that ended too. 0 when it is gone.</summary>
    public static double Cpu(int pid) => Tree(pid).Sum(one => one.Seconds);

    /// <summary>Memory of a process and all its children.</summary>
    public static Footprint Memory(int pid)
    {
        var (rss, pss, own) = (0.0, 0.0, 0.0);
        foreach (var (id, _) in Tree(pid))
        {
            var of = Fields($"/proc/{id}/smaps_rollup");
            (rss, pss, own) = (rss + of.GetValueOrDefault("Rss"), pss + of.GetValueOrDefault("Pss"), own + of.GetValueOrDefault("Pss_Anon"));
        }
        return new(rss, pss, own);
    }

    /// <summary>The most megabytes a process ever had resident.</summary>
    public static double PeakMemory(int pid) => Fields($"/proc/{pid}/status").GetValueOrDefault("VmHWM");

    /// <summary>The figures of a file of /proc that counts in kB, as megabytes; none when the process is gone.</summary>
    private static Dictionary<string, double> Fields(string file)
    {
        try
        {
            return File.ReadAllLines(file).Where(line => line.EndsWith(" kB", StringComparison.Ordinal)).Select(line => line.Split(':', 2))
                .ToDictionary(part => part[0], part => double.Parse(part[1].Trim().Split(' ')[0], CultureInfo.InvariantCulture) / 1024);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException) { return []; }
    }

    private static List<(int Id, double Seconds)> Tree(int pid)
    {
        var all = new Dictionary<int, (int Parent, double Seconds)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), out var id) && Stat(id) is { } stat) all[id] = stat;
        List<(int, double)> Of(int id) => all.TryGetValue(id, out var own) ? [(id, own.Seconds), .. all.Where(p => p.Value.Parent == id).SelectMany(child => Of(child.Key))] : [];
        return Of(pid);
    }

    private static (int Parent, double Seconds)? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), fields[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)) / TicksASecond);
        }
        catch (IOException) { return null; }
    }

    /// <summary>Seconds the processors of the machine have been busy since it started.</summary>
    private static double MachineBusy()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(long.Parse).ToArray();
        return (fields.Sum() - fields[3] - fields[4] - fields.Skip(8).Sum()) / TicksASecond; // without idle, waiting for a disk, and guests (counted in user already)
    }

    /// <summary>Milliseconds of one fdatasync of 4 kB appended, the median of 200: what the disk asks for a durable commit.</summary>
    public static double Fdatasync(string folder)
    {
        var file = Path.Combine(folder, "fdatasync");
        using (var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 1))
        {
            var times = new List<double>();
            for (var n = 0; n < 200; n++)
            {
                stream.Write(new byte[4096]);
                var clock = Stopwatch.GetTimestamp();
                if (FdatasyncNative(stream.SafeFileHandle) != 0) throw new InvalidOperationException("fdatasync failed.");
                times.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
            }
            File.Delete(file);
            return times.Order().ElementAt(100);
        }
    }

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static extern int FdatasyncNative(SafeFileHandle file);

    /// <summary>The machine in a line.</summary>
    public static string Machine(string folder)
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        var memory = double.Parse(File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024 / 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} × {model}, {memory:0} GB of memory, {RuntimeInformation.OSDescription}, .NET {Environment.Version}; one fdatasync {Fdatasync(folder) * 1000:0} µs; {DateTime.UtcNow:yyyy-MM-dd}");
    }

    /// <summary>A figure as a person reads it: three digits that count.</summary>
    public static string Figure(double value) => value switch
    {
        >= 1000 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };
}

/// <summary>A server under test: one process with its children, and others that work for it.</summary>
public sealed class Server : IAsyncDisposable
{
    private readonly Process process;
    private readonly int[] helpers;

    private Server(string name, string address, Process process, int[] helpers) => (Name, Address, this.process, this.helpers) = (name, address, process, helpers);

    public string Name { get; }
    public string Address { get; }
    public int Id => process.Id;
    public double Cpu => Measured.Cpu(process.Id) + helpers.Sum(Measured.Cpu);
    public Footprint Memory => helpers.Select(Measured.Memory).Aggregate(Measured.Memory(process.Id), (sum, one) => new(sum.Rss + one.Rss, sum.Pss + one.Pss, sum.Own + one.Own));

    /// <summary>From start to the first answer, in milliseconds.</summary>
    public double ReadyAfter { get; private set; }

    /// <summary>Starts a server and waits for its first answer. What it prints goes to <paramref name="log"/> (nowhere when left out: its log lines are made all the same).</summary>
    /// <param name="name">For the table.</param>
    /// <param name="port">It listens on this port of 127.0.0.1.</param>
    /// <param name="ready">A path that answers below 500 once it is ready.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">Added to the environment.</param>
    /// <param name="folder">It runs in this folder.</param>
    /// <param name="log">A file.</param>
    /// <param name="helpers">Processes whose cost is this server's too, such as its database.</param>
    /// <param name="patience">Seconds until it must answer.</param>
    public static async Task<Server> Start(string name, int port, string ready, string[] command, IReadOnlyDictionary<string, string>? environment = null, string? folder = null, string log = "/dev/null", int[]? helpers = null, int patience = 120)
    {
        // Another server on the port would answer in its place.
        if (System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port)) throw new InvalidOperationException($"Port {port} is taken: {name} cannot start.");
        // The shell gives way to the program, so the id stays the server's own.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$LOG\" 2>&1 </dev/null", "sh", .. command]) { WorkingDirectory = folder ?? "" };
        start.Environment["LOG"] = log;
        foreach (var (key, value) in environment ?? new Dictionary<string, string>()) start.Environment[key] = value;
        var clock = Stopwatch.StartNew();
        var server = new Server(name, $"http://127.0.0.1:{port}", Process.Start(start)!, helpers ?? []);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(patience) };
        while (true)
        {
            if (server.process.HasExited || clock.Elapsed.TotalSeconds > patience)
            {
                await server.DisposeAsync();
                throw new InvalidOperationException($"{name} did not start.{(log == "/dev/null" ? "" : " " + string.Join('\n', File.ReadLines(log).TakeLast(8)))}");
            }
            try
            {
                using var answer = await client.GetAsync(server.Address + ready);
                if ((int)answer.StatusCode < 500) break;
            }
            catch (HttpRequestException) { }
            await Task.Delay(5);
        }
        server.ReadyAfter = clock.Elapsed.TotalMilliseconds;
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            // SIGTERM, as a supervisor would: a server finishes what it began.
            using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
            if (!process.WaitForExit(20_000)) process.Kill(entireProcessTree: true);
        }
        process.Dispose();
    }
}
