using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Custody;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Tests.TransparencyTests;

public sealed class WitnessTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("registry-witness-").FullName;
    private readonly NoteSigner witnessKey = NoteSigner.Create("witness.example/w1", VerifierKey.Cosignature);
    private readonly RegistryApp app = new();
    private readonly Witness witness;

    public WitnessTests() => witness = new(witnessKey, app.Log.Key, Path.Combine(folder, "witnessed"), app.Clock);

    public void Dispose()
    {
        app.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private string Request(long old, string? note = null) => app.Database.Read(db => TreeStore.Newest(db)! is var newest
        ? $"old {old}\n{string.Concat(MerkleTree.ConsistencyProof(old, newest.Size, TreeStore.Source(db)).Select(hash => Convert.ToBase64String(hash) + "\n"))}\n{note ?? newest.Signed}" : "");

    [Fact]
    public async Task It_cosigns_what_continues_and_nothing_else()
    {
        var (status, _, line) = witness.AddCheckpoint(Request(0));
        Assert.Equal(200, status);
        var note = app.Database.Read(TreeStore.Newest)!.Signed;
        Assert.True(Note.Parse(note + line)!.IsSignedBy(witnessKey.VerifierKey));
        Assert.Equal(note + line, witness.Newest);

        await app.Grow(9);
        Assert.Equal((409, "text/x.tlog.size", "2\n"), witness.AddCheckpoint(Request(0)));
        Assert.Equal((409, "text/x.tlog.size", "2\n"), witness.AddCheckpoint(Request(3)));
        var good = Request(2);
        Assert.Equal(422, witness.AddCheckpoint(good.Replace("old 2\n" + good.Split('\n')[1], "old 2\n" + Convert.ToBase64String(new byte[32]))).Status);
        Assert.Equal(422, witness.AddCheckpoint("old 2\n\n" + good[(good.IndexOf("\n\n", StringComparison.Ordinal) + 2)..]).Status);
        Assert.Equal(403, witness.AddCheckpoint(good.Replace("\n9\n", "\n8\n")).Status);
        using var stranger = NoteSigner.Create("other.example/log");
        Assert.Equal(404, witness.AddCheckpoint(Request(2, new Checkpoint("other.example/log", 9, MerkleTree.EmptyRoot).Sign(stranger).ToString())).Status);
        Assert.Equal(400, witness.AddCheckpoint(good.Replace("old 2", "old 10")).Status);
        foreach (var bad in (string[])["", "old 2", "old 02\n\n" + note, "old -1\n\n" + note, "new 2\n\n" + note, "old 2\nAAAA\n\n" + note, "old 2\n\nnot a note\n", good.Replace("old 2\n", "old 2\n" + string.Concat(Enumerable.Repeat(Convert.ToBase64String(new byte[32]) + "\n", 64)))])
            Assert.Equal(400, witness.AddCheckpoint(bad).Status);
        Assert.Equal(note + line, witness.Newest);
        Assert.Equal(200, witness.AddCheckpoint(good).Status);
        Assert.Equal(200, witness.AddCheckpoint(Request(9)).Status); // the same again: a new time
    }

    [Fact]
    public async Task It_never_cosigns_a_fork_even_after_a_restart()
    {
        await app.Grow(5);
        Assert.Equal(200, witness.AddCheckpoint(Request(0)).Status);
        using var fork = new RegistryApp(bodies: false, ("Registry:KeyFile", app.KeyFile));
        await fork.Database.WriteAsync(t => Enumerable.Range(10, 7).Select(i => Publisher.Admit(t, new Admit { Body = $"CNCA-R-2099-9{i}", Name = "分叉" })).ToList());
        var again = new Witness(witnessKey, app.Log.Key, Path.Combine(folder, "witnessed"), app.Clock);
        var request = fork.Database.Read(db => $"old 5\n{string.Concat(MerkleTree.ConsistencyProof(5, 7, TreeStore.Source(db)).Select(hash => Convert.ToBase64String(hash) + "\n"))}\n{TreeStore.Newest(db)!.Signed}");
        Assert.Equal(422, again.AddCheckpoint(request).Status);
        // It keeps what it was shown, for others to check: the proof itself leads from another root.
        Assert.True(again.Conflict!.Proves(app.Log.Key));
        Assert.Contains(fork.Database.Read(TreeStore.Newest)!.Signed, again.Conflict.ToString());
        Assert.True(new Witness(witnessKey, app.Log.Key, Path.Combine(folder, "witnessed"), app.Clock).Conflict is not null);
    }

    /// <summary>At the same size nothing but the roots is to be compared: the specification asks for 409.</summary>
    [Fact]
    public async Task Another_root_at_the_same_size_conflicts_and_at_size_none_there_is_one_root()
    {
        using var signer = app.Log.Signer!;
        string Signed(long size, byte[] root) => new Checkpoint(signer.Name, size, root).Sign(signer).ToString();
        Assert.Equal(409, witness.AddCheckpoint($"old 0\n\n{Signed(0, MerkleTree.LeafHash([1]))}").Status);
        Assert.Null(witness.Newest);
        Assert.Equal(200, witness.AddCheckpoint($"old 0\n\n{Signed(0, MerkleTree.EmptyRoot)}").Status);
        Assert.Equal(409, witness.AddCheckpoint($"old 0\n\n{Signed(0, MerkleTree.LeafHash([1]))}").Status);
        Assert.True(witness.Conflict!.Proves(app.Log.Key));
        await app.Grow(9);
        Assert.Equal(200, witness.AddCheckpoint(Request(0)).Status);
        var kept = witness.Newest;
        Assert.Equal(409, witness.AddCheckpoint($"old 9\n\n{Signed(9, MerkleTree.LeafHash([1]))}").Status);
        Assert.Equal(kept, witness.Newest);
        var (first, second) = (witness.Conflict.Checkpoints[0], witness.Conflict.Checkpoints[1]);
        Assert.Equal((9, 9), (Checkpoint.Parse(first.Text)!.Size, Checkpoint.Parse(second.Text)!.Size));
    }

    [Fact]
    public void Extension_lines_and_names_beyond_the_basic_plane_are_taken()
    {
        using var signer = NoteSigner.Create("日志.example/𠮷🪵");
        var other = new Witness(witnessKey, signer.VerifierKey, Path.Combine(folder, "other"), app.Clock);
        var text = new Checkpoint(signer.Name, 0, MerkleTree.EmptyRoot).Text + "extension 一\nanother 🪵\n";
        var (status, _, line) = other.AddCheckpoint($"old 0\n\n{new Note(text, [signer.SignText(text)])}");
        Assert.Equal(200, status);
        // The extension is signed too.
        Assert.True(Note.Parse($"{text}\n{line}")!.IsSignedBy(witnessKey.VerifierKey));
        Assert.Equal(200, other.AddCheckpoint($"old 0\n\n{other.Newest}").Status); // read again from its file
        foreach (var bad in (string[])[text + "\n", text.Replace("一", "\ud83e"), text.Replace("一", "\udeb5\ud83e"), text.Replace("一", "\u0007")])
            Assert.Equal(400, other.AddCheckpoint($"old 0\n\n{new Note(bad, [signer.SignText(bad)])}").Status);
    }

    [Fact]
    public async Task The_collector_asks_again_although_nothing_is_new_and_a_stubborn_witness_delays_nobody()
    {
        await using var listening = new Listening(witness);
        app.Clock.Now = DateTimeOffset.UtcNow; // as the registry's, which has witnesses
        using var registry = new RegistryApp(bodies: true, ("Registry:KeyFile", app.KeyFile), ("Registry:Witnesses:0", $"{witnessKey.VerifierKey} {listening.Url}"), ("Registry:Witnesses:1", $"{NoteSigner.Create("gone.example", VerifierKey.Cosignature).VerifierKey} http://127.0.0.1:9"));
        var first = await Cosigned(registry, witnessKey.VerifierKey, 2);
        app.Clock.Now = registry.Clock.Now = registry.Clock.Now.AddMinutes(2);
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        Assert.Equal(first, await Cosigned(registry, witnessKey.VerifierKey, 2));
        app.Clock.Now = registry.Clock.Now = registry.Clock.Now.AddMinutes(2);
        for (var i = 0; await Cosigned(registry, witnessKey.VerifierKey, 2) == first; await Task.Delay(100, TestContext.Current.CancellationToken)) Assert.True(i++ < 300);
        var lines = Note.Parse(await Cosigned(registry, witnessKey.VerifierKey, 2))!.Signatures;
        Assert.Equal(registry.Clock.Now.ToUnixTimeSeconds(), Assert.Single(lines, line => line.Name == witnessKey.Name).Seconds);
        Assert.Contains("gone.example · has not cosigned yet", await registry.Client.GetStringAsync("/log?lang=en"));
    }

    /// <summary>A witness at an address.</summary>
    private sealed class Listening : IAsyncDisposable
    {
        private readonly WebApplication server;

        public Listening(Witness witness)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            server = builder.Build();
            server.Run(async context =>
            {
                var (status, type, content) = context.Request.Method == "POST" ? witness.AddCheckpoint(await new StreamReader(context.Request.Body).ReadToEndAsync()) : (404, "text/plain", "");
                (context.Response.StatusCode, context.Response.ContentType) = (status, type);
                await context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(content));
            });
            server.StartAsync().GetAwaiter().GetResult();
        }

        public string Url => server.Urls.First();

        public ValueTask DisposeAsync() => server.DisposeAsync();
    }

    /// <summary>The program itself: one key, several logs, and a look of its own at what everybody is shown.</summary>
    [Fact]
    public async Task One_witness_watches_several_logs_and_finds_a_fork_that_nobody_brought_it()
    {
        using var other = new RegistryApp(bodies: false, ("Registry:PublicUrl", "https://other.example"));
        await other.Database.WriteAsync(t => Publisher.Admit(t, new Admit { Body = RegistryApp.Body, Name = "另一登记簿" }));
        await using var front = new Front(app.Client);
        await using var second = new Front(other.Client);
        await app.Grow(8); // a power of two, whose proofs do not hold their own beginning
        var (process, line) = Start(folder, "witness", front.Url, "--also", second.Url, "--interval", "1");
        try
        {
            var url = line.Split(' ')[1];
            using var http = new HttpClient();
            async Task<string?> Get(RegistryApp registry, string what) => await http.GetAsync($"{url}/{Opening.OriginHash(registry.Log.Key.Name)}/{what}") is { IsSuccessStatusCode: true } answer ? await answer.Content.ReadAsStringAsync() : null;
            foreach (var registry in (RegistryApp[])[app, other])
                for (var i = 0; await Get(registry, "checkpoint") is not { } note || !note.StartsWith(registry.Database.Read(TreeStore.Newest)!.Signed, StringComparison.Ordinal); await Task.Delay(100)) Assert.True(i++ < 300);
            Assert.Null(await Get(app, "evidence"));
            foreach (var path in (string[])["/", "/nothing"])
                using (var guarded = await http.GetAsync(url + path))
                    Assert.True(guarded.Headers.TryGetValues("X-Content-Type-Options", out var sniff) && sniff.Single() == "nosniff" && guarded.Headers.Contains("Content-Security-Policy") && guarded.Headers.Contains("X-Frame-Options"), path);

            using var fork = new RegistryApp(bodies: false, ("Registry:KeyFile", app.KeyFile));
            await fork.Database.WriteAsync(t => Enumerable.Range(10, 12).Select(i => Publisher.Admit(t, new Admit { Body = $"CNCA-R-2099-9{i}", Name = "分叉" })).ToList());
            front.Registry = fork.Client;
            for (var i = 0; await Get(app, "evidence") is null; await Task.Delay(100)) Assert.True(i++ < 300);
            Assert.True(Evidence.Parse((await Get(app, "evidence"))!)!.Proves(app.Log.Key));
            Assert.Contains("ALARM", await http.GetStringAsync(url));
            Assert.Null(await Get(other, "evidence"));
            Assert.Equal(8, Checkpoint.Parse(Note.Parse((await Get(app, "checkpoint"))!)!.Text)!.Size);
        }
        finally
        {
            process.Kill();
            process.Dispose();
        }
        Assert.Equal(2, (await File.ReadAllLinesAsync(Path.Combine(folder, "data", "witnessed.vkey"))).Length);
        front.Registry = app.Client;
        // What it cosigned is lost, or damaged: it cosigns nothing rather than less or something else.
        var state = Path.Combine(folder, "data", "witnessed-" + Opening.OriginHash(app.Log.Key.Name));
        var cosigned = await File.ReadAllTextAsync(state);
        foreach (var (left, says) in ((string?, string)[])[(null, "is missing"), ("", "does not hold what"), (cosigned[..40], "does not hold what"), (other.Database.Read(TreeStore.Newest)!.Note, "does not hold what")])
        {
            if (left is null) File.Delete(state);
            else await File.WriteAllTextAsync(state, left);
            var (code, output) = Tool.Try("dotnet", [typeof(Program).Assembly.Location, "witness", front.Url, "--also", second.Url], null, folder);
            Assert.True(code == 1 && output.Contains(says) && output.Contains(app.Log.Key.Name), output);
        }
        File.Delete(state);
        var names = Path.Combine(folder, "data", "witnessed.vkey");
        File.Move(names, names + ".away");
        Assert.Contains("is missing", Tool.Try("dotnet", [typeof(Program).Assembly.Location, "witness", front.Url], null, folder).Output);
        File.Move(names + ".away", names, overwrite: true);
        await File.WriteAllTextAsync(state, cosigned);
        Assert.NotEqual(0, Tool.Try("dotnet", [typeof(Program).Assembly.Location, "witness", front.Url, "--interval", "-1"], null, folder).Code);
        Assert.NotEqual(0, Tool.Try("dotnet", [typeof(Program).Assembly.Location, "witness", front.Url, "--key", other.Log.Key.ToString()], null, folder).Code);
    }

    /// <summary>Starts the program and waits for the line that registries are given.</summary>
    private static (Process Process, string Line) Start(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        var process = Process.Start(start)!;
        string line;
        while (!(line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException(process.StandardError.ReadToEnd())).Contains(" http://127")) { }
        return (process, line);
    }

    /// <summary>The witness as a program, and a registry that takes its checkpoints there.</summary>
    [Fact]
    public async Task A_registry_publishes_what_its_witness_signs_and_posts_do_not_wait_for_it()
    {
        using var first = new RegistryApp(bodies: false);
        await using var front = new Front(first.Client);
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, "witness", front.Url]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        using var process = Process.Start(start)!;
        try
        {
            string line;
            while (!(line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync())).Contains(" http://127")) { }
            var (vkey, url) = (VerifierKey.Parse(line.Split(' ')[0])!, line.Split(' ')[1]);
            using var registry = new RegistryApp(bodies: true, ("Registry:KeyFile", first.KeyFile), ("Registry:Witnesses:0", line));
            await Cosigned(registry, vkey, 2);
            await registry.Grow(300);
            var note = await Cosigned(registry, vkey, 300);
            using var http = new HttpClient();
            Assert.Equal(Note.Parse(note)!.Text, Note.Parse(await http.GetStringAsync($"{url}/{Opening.OriginHash(registry.Log.Key.Name)}/checkpoint"))!.Text);

            // The proof prefers the cosigned checkpoint; the page names the witness; a mirror passes its line on.
            Assert.Contains("— " + vkey.Name, await registry.Client.GetStringAsync("/v1/log/5/proof"));
            Assert.Contains(vkey.Name, await registry.Client.GetStringAsync("/log"));
            await using var second = new Front(registry.Client);
            using var mirror = new RegistryApp(bodies: false, ("Registry:MirrorOf", second.Url), ("Registry:Witnesses:0", line));
            await Cosigned(mirror, vkey, 300);
            var audit = new Audit(registry.Log, [vkey], (_, _) => { });
            await audit.Url(second.Url, CancellationToken.None);
            Assert.Empty(audit.Findings);
            Assert.Equal(1, audit.Cosignatures);

            // A registry that lost the newest entries is told so by the witness, and does not start.
            using var old = new RegistryApp(bodies: true, ("Registry:KeyFile", first.KeyFile));
            var settings = new Settings { DataFile = old.DataFile, KeyFile = first.KeyFile, Witnesses = [line] };
            var refused = await Assert.ThrowsAsync<ForkedLogException>(() => Opening.AskWitnesses(settings, old.Log, old.Database, (_, _) => { }, NullLogger.Instance));
            Assert.Contains("older copy", refused.Message);

            // Without its witness the registry goes on.
            process.Kill();
            await process.WaitForExitAsync();
            await registry.Grow(310);
            Assert.Equal(310, registry.Database.Read(TreeStore.Newest)!.Size);
            Assert.Equal(300, registry.Database.Read(TreeStore.NewestCosigned)!.Size);
            await Opening.AskWitnesses(settings, old.Log, old.Database, (_, _) => { }, NullLogger.Instance);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private static async Task<string> Cosigned(RegistryApp app, VerifierKey witness, long size)
    {
        for (var begin = Stopwatch.GetTimestamp(); ; await Task.Delay(100))
        {
            using var answer = await app.Client.GetAsync("/log/checkpoint");
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode == HttpStatusCode.OK && Note.Parse(text) is { } note && Checkpoint.Parse(note.Text)!.Size == size && note.IsSignedBy(witness)) return text;
            Assert.True(Stopwatch.GetElapsedTime(begin).TotalSeconds < 60, text);
        }
    }
}
