using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Custody;
using Registry.Marks;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.Custody;

public sealed class TransferTests
{
    /// <summary>Something in every table that is carried over.</summary>
    private static async Task<RegistryApp> Source()
    {
        var app = new RegistryApp(bodies: false);
        await app.LoadDemo();
        app.Admitted();
        await app.Database.WriteAsync(t => Publisher.RegisterKey(t, BodySigner.Es256().Register(RegistryApp.Body, app.Log.Key.Name, app.Clock.Now)));
        var id = (string)(await app.Issue())["id"]!;
        (await app.Send("POST", $"/v1/certificates/{id}/suspend", new { }, app.Key, idempotencyKey: "once")).EnsureSuccessStatusCode();
        (await app.Send("POST", $"/v1/certificates/{id}/restore", new { }, app.Key)).EnsureSuccessStatusCode();
        using var marked = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "洗衣机", items = 10 }, app.Key);
        var code = (string)JsonNode.Parse(await marked.Content.ReadAsStringAsync())!["code"]!;
        (await app.Send("DELETE", $"/v1/marks/{code}?from=1&to=2", null, app.Key)).EnsureSuccessStatusCode();
        (await app.Client.GetAsync($"/m/{code}")).EnsureSuccessStatusCode();
        await app.Services.GetRequiredService<ScanCounter>().Flush();
        (await app.Client.PostAsync("/report", new FormUrlEncodedContent([new("kind", "unknown-mark"), new("place", "虚构路")]))).EnsureSuccessStatusCode();
        await app.Database.WriteAsync(t => { TreeStore.AddCosignature(t.Connection, TreeStore.Newest(t.Connection)!, "— witness.example/w AAAA\n"); return 0; });
        await app.Issue("AFTER-THE-COSIGNATURE");
        (await app.Send("POST", "/v1/watches", new { certificates = new[] { id } })).EnsureSuccessStatusCode();
        (await app.Send("POST", "/v1/answers", new { rows = new object[] { new { number = "AFTER-THE-COSIGNATURE" } } })).EnsureSuccessStatusCode();
        return app;
    }

    private static (string Table, string Order)[] Carried => [.. Database.Derived, ("entry", "seq"), .. StoredTables.Kept];

    private static void Same(Location one, Location other)
    {
        using var left = one.OpenReadOnly();
        using var right = other.OpenReadOnly();
        foreach (var (table, order) in Carried)
        {
            // The search index has nothing to write for so few certificates, and this registry lost nothing.
            if (table is not ("loss" or "posting" or "term" or "making" or "block" or "episode")) Assert.True(Database.Rows(left, table, order).Any(), table);
            Assert.Equal(string.Join('\n', Database.Rows(left, table, order)), string.Join('\n', Database.Rows(right, table, order)));
        }
    }

    private static string[] Arguments(RegistryApp source, string target) => [typeof(Program).Assembly.Location, "copy", "--to", target, "--Registry:DataFile=" + source.DataFile, "--Registry:PublicUrl=https://reg.example", .. Engine.Arguments(source.Database.Location)];

    private static (int Code, string Output) Copy(RegistryApp source, string target) => Tool.Try("dotnet", Arguments(source, target));

    [Fact]
    public async Task A_copy_killed_at_any_moment_while_the_source_takes_posts_goes_on_and_ends_equal_to_it()
    {
        using var source = await Source();
        var folder = Directory.CreateTempSubdirectory("registry-copy-").FullName;
        var target = Path.Combine(folder, "copy.db");
        try
        {
            using var stop = new CancellationTokenSource();
            var posting = Task.Run(async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++, await Task.Delay(50)) await source.Issue($"MEANWHILE-{i}");
            });
            var (random, sizes) = (new Random(6), new SortedSet<long>());
            for (var kill = 0; kill < 4; kill++)
            {
                using var copying = Process.Start(new ProcessStartInfo("dotnet", Arguments(source, target)) { RedirectStandardOutput = true, RedirectStandardError = true })!;
                // It takes a second to start; then it is stopped while it copies, and once while it starts.
                for (var before = Size(); kill != 2 && Size() == before && !copying.HasExited;) await Task.Delay(20);
                await Task.Delay(random.Next(0, 100));
                copying.Kill();
                await copying.WaitForExitAsync();
                // What the copy was to become is noted beside it before its first entry; the source has gone on since.
                if (Size() is > 0 and var held && held < Noted() && sizes.Add(held))
                    Assert.Contains("It is an older copy", Assert.Throws<ForkedLogException>(() => Opening.Open(Target(), source.Log, TimeProvider.System, NullLogger<Database>.Instance)).Message);
            }
            Assert.True(sizes.Count > 0, "It was never stopped on its way.");
            var (code, output) = Copy(source, target);
            Assert.True(code == 0 && output.Contains("Never let both serve"), output);
            await stop.CancelAsync();
            await posting;
            (code, output) = Copy(source, target);
            Assert.True(code == 0 && output.Contains(Convert.ToBase64String(source.Database.Read(TreeStore.Newest)!.Root)) && output.Contains(source.KeyFile) && output.Contains("Stop what serves the source"), output);
            Same(source.Database.Location, Location.File(target));

            // And back again.
            var back = Directory.CreateDirectory(Path.Combine(folder, "back")).FullName;
            var again = Engine.Fresh(back);
            (code, output) = Tool.Try("dotnet", [typeof(Program).Assembly.Location, "copy", "--to", again.Address, $"--Registry:DataFile={target}", $"--Registry:KeyFile={source.KeyFile}"]);
            Assert.True(code == 0, output);
            Same(Location.File(target), again);
            Engine.Drop(again);

            // It goes on from there with the same keys; the source, which did not, is no target for it, nor it for the source.
            await using (var copy = Opening.Open(Target(), source.Log, TimeProvider.System, NullLogger<Database>.Instance))
            {
                Assert.Equal(source.Database.Read(TreeStore.Newest)!.Note, copy.Read(TreeStore.Newest)!.Note);
                Assert.True((await copy.WriteAsync(t => Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = "GOES-ON" }))).New);
            }
            await source.Issue("FORK");
            (code, output) = Copy(source, target);
            Assert.True(code == 1 && output.Contains("not the beginning of the source's"), output);

            Settings Target() => new() { DataFile = target, KeyFile = source.KeyFile };
            long Noted() => Checkpoint.Open(Opening.Noted(Target())!, source.Log.Key)!.Value.Checkpoint.Size;
            long Size()
            {
                if (!File.Exists(target)) return 0;
                try
                {
                    using var db = Location.File(target).OpenReadOnly();
                    return EntryLog.Size(db);
                }
                catch (System.Data.Common.DbException) { return 0; } // not made yet
            }
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public async Task What_is_not_this_registrys_copy_and_what_breaks_the_rules_is_refused()
    {
        using var source = new RegistryApp();
        await source.Issue();
        using var other = new RegistryApp();
        Assert.Contains("not the beginning", Copy(source, other.Database.Location.Address) is (1, var refused) ? refused : "");
        Assert.Contains("the registry itself", Copy(source, source.Database.Location.Address) is (1, var itself) ? itself : "");
        Assert.Equal(1, Tool.Try("dotnet", [typeof(Program).Assembly.Location, "copy"]).Code);
        await source.Database.WriteAsync(t => EntryLog.Append(t, new(Jws.Sign(t.Signer!, new Admit { Body = RegistryApp.Body, Name = "又一次", OnBehalf = false, StatedAt = t.Now }.ToJson())), t.Now));
        Assert.Contains("breaks the registry's own rules", Copy(source, Path.Combine(Path.GetDirectoryName(source.DataFile)!, "copy.db")) is (1, var broken) ? broken : "");
    }

    /// <summary>A projection that was changed by hand is not what the log makes; so the copy, which is, differs from it.</summary>
    [Fact]
    public async Task A_source_with_a_changed_row_is_told_from_its_copy()
    {
        using var source = new RegistryApp();
        await source.Issue();
        await source.Database.WriteAsync(t => { Registry.Marks.ReportStore.Add(t, new Report { Kind = "copied" }); return 0; });
        using (var db = Engine.Open(source.Database.Location))
        {
            using var change = db.CreateCommand();
            change.CommandText = "UPDATE certificate SET level = 'qualified'";
            Assert.Equal(1, change.ExecuteNonQuery());
        }
        Assert.Contains("Table certificate is not the same", Copy(source, Path.Combine(Path.GetDirectoryName(source.DataFile)!, "copy.db")) is (1, var changed) ? changed : "");
    }
}
