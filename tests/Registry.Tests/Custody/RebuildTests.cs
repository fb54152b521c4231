using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Tests.CustodyTests;

/// <summary>What the log makes, made anew beside a registry that goes on serving.</summary>
public sealed class RebuildTests
{
    private static string Dump(RegistryApp app)
    {
        using var db = app.Database.Location.OpenReadOnly();
        return string.Join('\n', Database.Derived.Prepend(("entry", "seq")).Append(("checkpoint", "size")).SelectMany(table => Database.Rows(db, table.Item1, table.Item2).Prepend(table.Item1)));
    }

    private static Rebuilding Beside(RegistryApp app, Action<long, long>? progress = null) =>
        new(app.Database.Location, app.Log, app.Clock, null, progress ?? ((_, _) => { }), NullLogger.Instance);

    private static JsonObject Draft(string number)
    {
        var draft = RegistryApp.Draft(number);
        draft["holder"]!.AsObject().Remove("uscc");
        return draft;
    }

    /// <summary>Posts go on all the while, and what they record is there afterwards; stopped in the middle it has changed nothing, and goes on where it was.</summary>
    [Fact]
    public async Task It_stands_beside_posts_and_goes_on_where_it_was_stopped()
    {
        using var app = new RegistryApp();
        await app.Grow(3000);
        var before = Dump(app);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Beside(app, (done, _) => { if (done >= 1000) stop.Cancel(); }).Run(stop.Token));
        Assert.Equal(before, Dump(app));
        Assert.True(File.Exists(app.DataFile + ".rebuild"));
        var posted = 0;
        var first = long.MaxValue;
        await Beside(app, (done, size) =>
        {
            first = Math.Min(first, done);
            // In the midst of it: recorded at once, though all of it is being made anew.
            if (posted < 20) app.Issue($"MEANWHILE-{posted++}").GetAwaiter().GetResult();
        }).Run(CancellationToken.None);
        Assert.True(first > 1000, $"It began anew: {first}");
        Assert.True(posted > 0);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(app.DataFile)!, "*.rebuild*"));
        Assert.Equal(3000 + posted, app.Database.Read(EntryLog.Size));
        var after = Dump(app);
        await Beside(app).Run(CancellationToken.None);
        Assert.Equal(after, Dump(app));
        await app.Issue("AFTERWARDS");
        var audit = new Audit(app.Log, [], (_, _) => { });
        await audit.Stored(app.Database.Location);
        Assert.Empty(audit.Findings);
    }

    /// <summary>What was left beside by a rebuild of something else, or torn, is no beginning.</summary>
    [Theory]
    [InlineData("another log")]
    [InlineData("torn")]
    public async Task What_lies_beside_is_taken_up_only_where_it_is_made_of_this_log(string left)
    {
        using var app = new RegistryApp();
        await app.Grow(600);
        var before = Dump(app);
        if (left == "torn") await File.WriteAllTextAsync(app.DataFile + ".rebuild", new string('x', 5000));
        else
        {
            using var other = new RegistryApp();
            await other.Grow(500);
            using var db = Engine.Open(other.Database.Location);
            db.Execute("VACUUM INTO @to", new { to = app.DataFile + ".rebuild" });
        }
        await Beside(app).Run(CancellationToken.None);
        Assert.Equal(before, Dump(app));
    }

    /// <summary>The registry serves in one process and remembers what it has read; the command mends the file in another. The same question is answered rightly at once.</summary>
    [Fact]
    public async Task A_running_registry_reads_anew_what_another_process_has_made_anew()
    {
        var folder = Directory.CreateTempSubdirectory("registry-stale-").FullName;
        try
        {
            Assert.Equal(0, Served.Run(folder, ["bodies", "add", RegistryApp.Body, "示例"]).Code);
            var key = Served.Run(folder, ["bodies", "key", RegistryApp.Body]).Output.Trim().Split('\n')[^1];
            using var served = new Served(folder: folder);
            await Post(served, key, "STALE-1");
            Assert.Equal(1, await Found(served, "category=26"));
            using (var db = Engine.Open(Location.File(Path.Combine(folder, "data", "registry.db"))))
            {
                Assert.Equal(1, db.Execute("UPDATE certificate SET category = 25, level = NULL"));
                // Another act makes the reader look at the row again, and remember what it says.
                Assert.Equal(1, db.Execute("UPDATE generation SET no = no + 1"));
            }
            Assert.Equal(0, await Found(served, "category=26"));
            var (code, _, error) = Served.Run(folder, ["rebuild"]);
            Assert.True(code == 0, error);
            Assert.Equal(1, await Found(served, "category=26"));
            Assert.Equal(0, await Found(served, "category=25"));
            await Post(served, key, "STALE-2");
            Assert.Equal(2, await Found(served, "category=26"));
        }
        finally { Directory.Delete(folder, recursive: true); }

        static async Task<long> Found(Served served, string query) =>
            (long)JsonNode.Parse(await served.Client.GetStringAsync($"/v1/certificates?{query}", TestContext.Current.CancellationToken))!["total"]!["value"]!;
    }

    private static async Task Post(Served served, string key, string number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/certificates") { Content = new StringContent(Draft(number).ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", key);
        using var answer = await served.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Each long command, stopped by a signal in the middle: one line, the exit code of shells, nothing left in the temporary folder, and run again it ends well.</summary>
    [Fact]
    public async Task Long_commands_are_stopped_by_a_signal_and_go_on()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Signals are sent as Linux does.");
        using var app = new RegistryApp();
        await app.Grow(12_000);
        foreach (var (signal, command) in ((string, string)[])[("INT", "rebuild"), ("TERM", "verify"), ("INT", "verify --work work"), ("INT", "copy --to copied.db")])
            await StopsAndGoesOn(app, signal, command);
    }

    private static async Task StopsAndGoesOn(RegistryApp app, string signal, string command)
    {
        var folder = Path.GetDirectoryName(app.DataFile)!;
        var temporary = Directory.CreateDirectory(Path.Combine(folder, "tmp")).FullName;
        string[] arguments = [typeof(Program).Assembly.Location, .. command.Split(' '), "--Registry:DataFile=" + app.DataFile];
        // What a shell starts in the background ignores Ctrl-C, and so does whatever that starts: here it is heeded.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", .. arguments]) { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true, Environment = { ["TMPDIR"] = temporary } };
        using var process = Process.Start(start)!;
        await Until(() => process.HasExited || IsUnderWay(command, app.DataFile, folder, temporary));
        Tool.Run("kill", $"-{signal}", $"{process.Id}");
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 130 && output == "", $"{command}: {process.ExitCode} {output} {error}");
        Assert.StartsWith("Stopped", Assert.Single(error.TrimEnd('\n').Split('\n')));
        Assert.Empty(Directory.GetDirectories(temporary, "registry-verify-*"));
        if (command == "verify") return; // without a folder to work in it begins anew
        var (code, said) = Tool.Try("dotnet", arguments, null, folder, ("TMPDIR", temporary));
        Assert.True(code == 0, said);
        if (command.Contains("--work")) Assert.Contains("were checked by the run before this one", said);
    }

    /// <summary>Some of its work is done.</summary>
    private static bool IsUnderWay(string command, string dataFile, string folder, string temporary)
    {
        var file = command switch
        {
            "rebuild" => dataFile + ".rebuild",
            "verify" => Directory.GetDirectories(temporary, "registry-verify-*").FirstOrDefault() is { } work ? Path.Combine(work, "copy.db") : "none",
            _ when command.StartsWith("verify", StringComparison.Ordinal) => Path.Combine(folder, "work", "copy.db"),
            _ => Path.Combine(folder, "copied.db"),
        };
        if (!File.Exists(file)) return false;
        try
        {
            using var db = Location.File(file).OpenReadOnly();
            return EntryLog.Size(db) > 0;
        }
        catch (System.Data.Common.DbException) { return false; }
    }

    private static async Task Until(Func<bool> reached)
    {
        for (var waited = 0; !reached(); waited += 5)
        {
            Assert.True(waited < 60_000);
            await Task.Delay(5);
        }
    }

    /// <summary>A start whose file somebody holds waits, and says for whom.</summary>
    [Fact]
    public async Task A_start_that_waits_for_the_file_says_so()
    {
        using var app = new RegistryApp();
        using var log = new Remembered();
        using var other = Engine.Open(app.Database.Location);
        other.Execute("BEGIN IMMEDIATE");
        var opening = Task.Run(() => Opening.Open(new() { DataFile = app.DataFile }, app.Log, app.Clock, log));
        await Until(() => log.Lines.Any(line => line.Contains("is locked by another process")));
        Assert.False(opening.IsCompleted);
        other.Execute("ROLLBACK");
        await using (await opening) { }
    }

    private sealed class Remembered : ILogger<Database>, IDisposable
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = new();
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel level) => true;
        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? error, Func<TState, Exception?, string> format) => Lines.Enqueue(format(state, error));
        public void Dispose() { }
    }
}
