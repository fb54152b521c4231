using Dapper;
using Registry.Certificates;
using Registry.Search;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Tests.DatabaseTests;
using Registry.Transparency;

namespace Registry.Tests.Statements;

public sealed class PublisherTests
{
    private const string Body = RegistryApp.Body, OtherBody = RegistryApp.OtherBody;
    private static readonly DateOnly today = new(2026, 6, 15);

    /// <summary>Where there is only the issue, the history is told from the row: it must say what the leaf says.</summary>
    [Fact]
    public async Task A_history_of_one_says_what_the_leaf_says()
    {
        await using var test = await TestDatabase.Create();
        foreach (var content in (CertificateContent[])[Samples.Content, Samples.Sparse])
        {
            var issued = await test.Issue(content);
            var (item, entry) = test.Database.Read(db => (Assert.Single(HistoryItem.Of(db, CertificateStore.Find(db, issued.Id)!)), EntryLog.Get(db, issued.Seq)));
            var issue = Assert.IsType<Issue>(entry.Statement);
            var told = new HistoryItem(issued.Seq, SignedStatements.LeafHash(entry.Leaf), "registry", "issue", issue.Certificate.IssuedOn, issue.RecordedAt, null, null, issue.Certificate);
            Assert.Equal(System.Text.Json.JsonSerializer.Serialize(told, Registry.Http.Json.Options), System.Text.Json.JsonSerializer.Serialize(item, Registry.Http.Json.Options));
        }
    }

    [Fact]
    public async Task The_same_statement_again_is_answered_with_the_first_result()
    {
        await using var test = await TestDatabase.Create(new TestClock());
        var first = await test.Issue(Samples.Content);
        Assert.Equal(first with { New = false, Row = null }, await test.Issue(Samples.Content));
        // Whatever has happened since: a body may send its whole list every night.
        var revoke = new Revoke { Body = Body, Certificate = first.Id, EffectiveOn = today };
        var revoked = await test.Amend(revoke);
        Assert.Equal((first.Id, true), (revoked.Id, revoked.New));
        Assert.Equal(revoked with { New = false }, await test.Amend(revoke));
        Assert.Equal(first with { New = false, Row = null }, await test.Issue(Samples.Content));
        Assert.Equal(4, test.Database.Read(EntryLog.Size));
    }

    [Fact]
    public async Task A_number_is_unique_within_a_body_however_it_is_spelt()
    {
        await using var test = await TestDatabase.Create(new TestClock());
        await test.Issue(Samples.Content);
        await Refused("number-taken /number", () => test.Issue(Samples.Content with { Scope = "别的范围" }));
        await Refused("number-taken /number", () => test.Issue(Samples.Content with { Number = "００１１４e22766r2l / 3502" }));
        Assert.True((await test.Issue(Samples.Content, OtherBody)).New);
        Assert.Equal(4, test.Database.Read(EntryLog.Size));
    }

    [Fact]
    public async Task A_body_acts_on_its_own_certificates_only()
    {
        await using var test = await TestDatabase.Create(new TestClock());
        var id = (await test.Issue(Samples.Content)).Id;
        var dump = test.Dump();
        Amendment[] acts =
        [
            new Correct { Body = OtherBody, Certificate = id, EffectiveOn = today, Content = Samples.Content },
            new Suspend { Body = OtherBody, Certificate = id, EffectiveOn = today },
            new Restore { Body = OtherBody, Certificate = id, EffectiveOn = today },
            new Revoke { Body = OtherBody, Certificate = id, EffectiveOn = today },
            new Cancel { Body = OtherBody, Certificate = id, EffectiveOn = today },
        ];
        foreach (var act in acts) await Refused("unknown-certificate ", () => test.Amend(act));
        await Refused("unknown-certificate ", () => test.Database.WriteAsync(t => Publisher.IssueMark(t, Mark(id) with { Body = OtherBody })));
        await Refused("unknown-certificate ", () => test.Amend(acts[3] with { Body = Body, Certificate = "0000000000000" }));
        await Refused("unknown-body ", () => test.Issue(Samples.Sparse, "CNCA-R-2099-999"));
        await Refused("unknown-replaces /replaces", () => test.Issue(Samples.Sparse with { Replaces = id }, OtherBody));
        var mark = await test.Database.WriteAsync(t => Publisher.IssueMark(t, Mark(id)));
        await Refused("unknown-mark ", () => test.Database.WriteAsync(t => Publisher.WithdrawMark(t, new WithdrawMark { Body = OtherBody, Mark = mark.Id })));
        Assert.Equal(4, test.Database.Read(EntryLog.Size));
        Assert.StartsWith(dump.Split("SELECT * FROM mark")[0], test.Dump());
    }

    /// <summary>The page of a replaced certificate leads to its successor: in a ring nobody arrives. A log of before may hold one.</summary>
    [Fact]
    public async Task Nothing_replaces_itself_be_it_by_others()
    {
        await using var test = await TestDatabase.Create(new TestClock());
        var first = (await test.Issue(Samples.Content)).Id;
        CertificateContent Next(string number, string? replaces) => Samples.Content with { Number = number, Replaces = replaces };
        var second = (await test.Issue(Next("R-2", first))).Id;
        var third = (await test.Issue(Next("R-3", second))).Id;
        Task<Recorded> Correct(string id, CertificateContent content) =>
            test.Amend(new Correct { Body = Body, Certificate = id, EffectiveOn = today, Content = content });
        foreach (var own in (string[])[first, second, third])
            await Refused("replaces-itself /certificate/replaces", () => Correct(first, Samples.Content with { Replaces = own }));
        await Refused("replaces-itself /certificate/replaces", () => Correct(second, Next("R-2", third)));
        await Correct(second, Next("R-2", null));
        await Correct(first, Samples.Content with { Replaces = third });
        await Refused("replaces-itself /certificate/replaces", () => Correct(second, Next("R-2", first)));
    }

    [Fact]
    public async Task Marks_are_issued_where_the_scheme_permits_while_the_certificate_is_valid()
    {
        await using var test = await TestDatabase.Create(new TestClock());
        var (good, plain) = (await test.Issue(Samples.Content), await test.Issue(Samples.Sparse));
        await Refused("placement-forbidden /placement", () => test.Database.WriteAsync(t => Publisher.IssueMark(t, Mark(plain.Id))));
        await test.Amend(new Suspend { Body = Body, Certificate = good.Id, EffectiveOn = today });
        await Refused("no-mark-now ", () => test.Database.WriteAsync(t => Publisher.IssueMark(t, Mark(good.Id))));
    }

    [Fact]
    public async Task A_body_is_admitted_once()
    {
        await using var test = await TestDatabase.Create(new TestClock());
        var admit = new Admit { Body = "CNCA-RF-2099-91", Name = "外资认证（虚构）" };
        Assert.True((await test.Database.WriteAsync(t => Publisher.Admit(t, admit))).New);
        Assert.False((await test.Database.WriteAsync(t => Publisher.Admit(t, admit))).New);
        await Refused("body-exists ", () => test.Database.WriteAsync(t => Publisher.Admit(t, admit with { Name = "另一名称" })));
        await Refused("bad-approval-number ", () => test.Database.WriteAsync(t => Publisher.Admit(t, admit with { Body = "CNCA-R-2099-1" })));
    }

    [Fact]
    public async Task Instants_never_run_backwards()
    {
        var clock = new TestClock();
        await using var test = await TestDatabase.Create(clock);
        clock.Now -= EntryLog.MaxAhead;
        var seq = (await test.Issue(Samples.Content)).Seq;
        Assert.Equal(clock.Now + EntryLog.MaxAhead, test.Database.Read(db => EntryLog.Get(db, seq)).Statement.RecordedAt);
    }

    [Fact]
    public async Task A_rebuild_gives_every_projection_again()
    {
        var clock = new TestClock();
        await using var test = await TestDatabase.Create(clock);
        await EveryAct(test, clock);
        // A block of facts holds 4,096 certificates. (Tiles: IndexTests.)
        await test.Database.WriteAsync(t =>
        {
            for (var i = 0; i < Facts.Size; i++) Publisher.Issue(t, Body, Samples.Content with { Number = $"COUNTED-{i}" });
            return 0;
        });
        var dump = test.Dump();
        Assert.Equal(13, dump.Split("SELECT ").Length - 1);
        Assert.All(dump.Split("SELECT ", StringSplitOptions.RemoveEmptyEntries).Where(table => !table.Contains("posting") && !table.Contains(" term ") && !table.Contains("making")), table => Assert.True(table.Split('\n').Length > 2, table));

        await test.Database.WriteAsync(t => t.Connection.Execute($"UPDATE certificate SET level = 'five-star', ended_on = NULL; DELETE FROM statement; DELETE FROM posting; UPDATE term SET n = 7; UPDATE block SET words = zeroblob(16384); DELETE FROM episode; DELETE FROM mark; DELETE FROM mark_range; DELETE FROM holder_name"));
        Assert.NotEqual(dump, test.Dump());
        for (var again = 0; again < 2; again++)
        {
            (long done, long size) = (0, 0);
            await test.Rebuild((made, of) => (done, size) = (made, of));
            Assert.Equal(test.Database.Read(EntryLog.Size), done);
            Assert.Equal(done, size);
            Assert.Equal(dump, test.Dump());
        }
    }

    /// <summary>The row is a fold of the log, kept up by SQL; the fold in memory must read the same.</summary>
    [Fact]
    public async Task The_row_of_a_certificate_is_the_replay_of_its_statements()
    {
        var clock = new TestClock();
        await using var test = await TestDatabase.Create(clock);
        await EveryAct(test, clock);
        test.Database.Read(db =>
        {
            foreach (var id in db.Query<string>("SELECT id FROM certificate").AsList())
            {
                var row = CertificateStore.Find(db, id)!;
                var replayed = Lifecycle.Replay(id, CertificateStore.Statements(db, row.Seq))!;
                Assert.Equivalent(replayed.Content, row.Certificate.Content, strict: true);
                Assert.Equal((replayed.Seq, replayed.LastSeq, replayed.Body), (row.Seq, row.LastSeq, row.BodyNumber));
                Assert.Equal(replayed.Ending, row.Certificate.Ending);
                Assert.Equal(replayed.Suspensions.Where(suspension => suspension.RestoredOn is null), row.Certificate.Suspensions);
                foreach (var day in (DateOnly[])[Day.Of(clock.Now), today.AddYears(1), today.AddYears(9)])
                    Assert.Equal(Lifecycle.StatusOn(replayed, day), Lifecycle.StatusOn(row.Certificate, day));
            }
            return true;
        });
    }

    [Fact]
    public async Task What_was_issued_is_found_and_what_was_corrected_away_is_not_but_for_names()
    {
        await using var test = await TestDatabase.Create(new TestClock());
        var (first, second) = (await test.Issue(Samples.Content), await test.Issue(Samples.Sparse));
        Assert.Equal([first.Seq], Find("售后"));
        Assert.Equal([first.Seq], Find("云帆"));
        Assert.Equal([second.Seq], Find("HARBOUR"));
        Assert.Empty(Find("水壶"));
        var corrected = Samples.Content with { Holder = Samples.Content.Holder with { Name = "海陆水壶（演示）有限公司" }, Scope = "水壶的维修（演示）" };
        await test.Amend(new Correct { Body = Body, Certificate = first.Id, EffectiveOn = today, Content = corrected });
        Assert.Equal([first.Seq], Find("水壶"));
        Assert.Empty(Find("售后"));
        Assert.Equal([first.Seq], Find("云帆"));

        List<long> Find(string text) => test.Database.Read(db => CertificateSearch.Page(db, test.Index, SearchQuery.Parse(name => name == "q" ? text : null), today, Timeout.InfiniteTimeSpan).Seqs);
    }


    private static IssueMark Mark(string certificate) => new() { Body = Body, Certificate = certificate, Placement = Placement.Packaging, Text = "电水壶" };

    /// <summary>Certificates of two bodies in every state, with marks, and a rejected act between.</summary>
    private static async Task EveryAct(TestDatabase test, TestClock clock)
    {
        var ids = new List<string>();
        foreach (var shape in File.ReadLines("vectors/certificate-number-shapes.txt").Where(line => line.Length > 0))
            ids.Add((await test.Issue(Samples.Content with { Number = shape, Level = ids.Count % 2 == 0 ? "five-star" : "three-star" })).Id);
        await test.Issue(Samples.Sparse, OtherBody);
        await test.Issue(Samples.Content, OtherBody);
        clock.Now = clock.Now.AddDays(1);
        async Task Act(Func<string, Amendment> act, params int[] which)
        {
            foreach (var i in which) await test.Amend(act(ids[i]));
        }
        await Act(id => new Suspend { Body = Body, Certificate = id, EffectiveOn = today, Until = today.AddMonths(3), Reason = Reason.Misuse }, 0, 1, 2, 3);
        await Act(id => new Restore { Body = Body, Certificate = id, EffectiveOn = today.AddDays(1) }, 1, 2);
        await Act(id => new Suspend { Body = Body, Certificate = id, EffectiveOn = today.AddDays(1) }, 2);
        await Act(id => new Revoke { Body = Body, Certificate = id, EffectiveOn = today.AddDays(-90), Reason = Reason.Nonconformity }, 3, 4);
        await Act(id => new Cancel { Body = Body, Certificate = id, EffectiveOn = today, Reason = Reason.HolderRequest }, 5);
        await Act(id => new Correct
        {
            Body = Body,
            Certificate = id,
            EffectiveOn = today.AddDays(-30),
            Content = Samples.Content with
            {
                Number = test.Database.Read(db => CertificateStore.Find(db, id)!.Number),
                Holder = new() { Name = "海陆水壶（演示）有限公司" },
                Sites = null,
                Scope = "水壶的维修（演示）",
            },
        }, 0, 6);
        await Refused("already-ended ", () => test.Amend(new Suspend { Body = Body, Certificate = ids[5], EffectiveOn = today }));
        await test.Issue(Samples.Content with { Number = "T-2", Replaces = ids[5] });
        var marks = new List<string>();
        foreach (var placement in Enum.GetValues<Placement>())
            marks.Add((await test.Database.WriteAsync(t => Publisher.IssueMark(t, Mark(ids[7]) with { Placement = placement, Gtin = placement == Placement.Packaging ? "06901234567892" : null }))).Id);
        await test.Database.WriteAsync(t => Publisher.WithdrawMark(t, new WithdrawMark { Body = Body, Mark = marks[1] }));
        var serialised = await test.Database.WriteAsync(t => Publisher.IssueMark(t, Mark(ids[7]) with { Items = 1000, SeedHash = new('0', 64), Run = "2026-06", Gdti = "6901234567892A" }));
        foreach (var first in (int[])[10, 400])
            await test.Database.WriteAsync(t => Publisher.WithdrawMark(t, new WithdrawMark { Body = Body, Mark = serialised.Id, First = first, Last = first + 5, By = Withdrawer.Holder }));
        var (old, key) = (BodySigner.Es256(), BodySigner.Ed25519());
        await test.Database.WriteAsync(t => Publisher.RegisterKey(t, old.Register(Body, test.Signer.Name, clock.Now)));
        await test.Database.WriteAsync(t => SignedStatements.Accept(t, old.Sign(key.Register(Body, test.Signer.Name, clock.Now) with { Aud = test.Signer.Name, StatedAt = clock.Now })));
        await test.Database.WriteAsync(t => Publisher.WithdrawKey(t, new WithdrawKey { Body = Body, Kid = old.Jwk.Thumbprint }));
        await test.Database.WriteAsync(t => SignedStatements.Accept(t, key.Sign(new Issue { Body = Body, Aud = test.Signer.Name, StatedAt = clock.Now, Certificate = Samples.Content with { Number = "SIGNED-1" } })));
        // Beyond two full tiles of the tree.
        await test.Database.WriteAsync(t => Enumerable.Range(0, 512).Select(i => Publisher.IssueMark(t, Mark(ids[7]) with { Nonce = $"{i}" })).ToList());
    }

    /// <summary>Expects one fault: its code, a space, its pointer.</summary>
    private static async Task Refused(string fault, Func<Task> act)
    {
        var refused = Assert.Single((await Assert.ThrowsAsync<FaultException>(act)).Faults);
        Assert.Equal(fault, $"{refused.Refusal.Code} {refused.Pointer}");
    }
}
