using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
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
            using var mirror = new RegistryApp(bodies: false, ("Registry:MirrorOf", second.Url));
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
