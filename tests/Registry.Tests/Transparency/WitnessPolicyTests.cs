using System.Text;
using Registry.Transparency;

namespace Registry.Tests.TransparencyTests;

/// <summary>C2SP tlog-policy: what the format takes, what it refuses, and when a quorum stands.</summary>
public sealed class WitnessPolicyTests
{
    private static readonly NoteSigner log = NoteSigner.Create("reg.example/log"), otherLog = NoteSigner.Create("other.example/log");
    private static readonly NoteSigner[] witnesses = [.. Enumerable.Range(1, 5).Select(i => NoteSigner.Create($"witness.example/w{i}", VerifierKey.Cosignature))];
    private static readonly string text = new Checkpoint(log.Name, 3, MerkleTree.LeafHash([1])).Text;

    private static string Key(int i) => witnesses[i - 1].VerifierKey.ToString();

    /// <summary>X1 to X3, two of which are needed; Y1 and Y2, one of which is.</summary>
    private static string Example => $"""
        # a comment
        log {log.VerifierKey} https://reg.example

        witness X1 {Key(1)}
         witness	X2 {Key(2)}  https://witness.example/
        witness X3 {Key(3)}
        group X-witnesses 2 X1 X2 X3
        witness Y1 {Key(4)}
        witness Ｙ二 {Key(5)}
        group Y-witnesses any Y1 Ｙ二
        group X-and-Y all X-witnesses Y-witnesses
        quorum X-and-Y

        """.ReplaceLineEndings("\n");

    private static WitnessPolicy Parse(string policy) => WitnessPolicy.Parse(Encoding.UTF8.GetBytes(policy));

    /// <summary>The note, cosigned by witnesses at so many seconds.</summary>
    private static Note Cosigned(params (int Witness, long Seconds)[] lines) =>
        new(text, [log.SignText(text), .. lines.Select(line => witnesses[line.Witness - 1].Cosign(text, DateTimeOffset.FromUnixTimeSeconds(line.Seconds)))]);

    [Fact]
    public void The_example_of_the_specification_is_read()
    {
        var policy = Parse(Example);
        Assert.Equal(5, policy.Witnesses.Count);
        Assert.Equal(log.VerifierKey.ToString(), policy.Logs.Single().ToString());
        Assert.False(policy.IsNone);
        Assert.True(Parse("quorum none").IsNone);
        Assert.Equal(DateTimeOffset.MaxValue, Parse("quorum none\n").QuorumAt(Cosigned()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(null, 1, 4)]
    [InlineData(null, 1, 2)]
    [InlineData(null, 1, 2, 3)]
    [InlineData(null, 4, 5)]
    [InlineData(104L, 1, 2, 4)] // X1 at 101, X2 at 102, Y1 at 104: X stands since 101, Y since 104, both since 101
    [InlineData(105L, 1, 3, 5)]
    [InlineData(105L, 1, 2, 3, 4, 5)]
    public void A_quorum_stands_where_enough_have_cosigned(long? stands, params int[] cosigned)
    {
        var at = Parse(Example).QuorumAt(Cosigned([.. cosigned.Select(i => (i, 100L + i))]));
        Assert.Equal(stands is not null, at is not null);
        // As of: the latest instant up to which enough of them saw it. Of X that is the second latest, of both the earlier.
        if (at is not null) Assert.Equal(100 + cosigned.Where(i => i <= 3).OrderDescending().Skip(1).First(), at.Value.ToUnixTimeSeconds());
    }

    [Fact]
    public void Only_cosignatures_that_fit_count()
    {
        var policy = Parse($"witness A {Key(1)}\nquorum A\n");
        Assert.NotNull(policy.QuorumAt(Cosigned((1, 100))));
        Assert.Equal(200, policy.QuorumAt(Cosigned((1, 100), (1, 200)))!.Value.ToUnixTimeSeconds());
        Assert.Null(policy.QuorumAt(Cosigned((2, 100))));
        var other = Cosigned((1, 100)) with { Text = new Checkpoint(log.Name, 4, MerkleTree.LeafHash([1])).Text };
        Assert.Null(policy.QuorumAt(other));
        using var namesake = NoteSigner.Create("witness.example/w1", VerifierKey.Cosignature);
        Assert.Null(policy.QuorumAt(new(text, [log.SignText(text), namesake.Cosign(text, DateTimeOffset.FromUnixTimeSeconds(100))])));
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { "", "line 1: there is no quorum" },
        { "# nothing\n", "there is no quorum" },
        { "quorum none\nquorum none\n", "line 2: there is a quorum already" },
        { "quorum A\n", "line 1: “A” is no witness or group" },
        { $"quorum A\nwitness A {Key(1)}\n", "line 1: “A” is no witness or group" }, // it has to stand above
        { $"witness A {Key(1)}\nwitness A {Key(2)}\nquorum A\n", "line 2: the name “A” is taken" },
        { $"witness none {Key(1)}\nquorum none\n", "the name “none” is taken" },
        { $"witness A {Key(1)}\nwitness B {Key(1)}\nquorum A\n", "line 2: that key stands there already" },
        { $"log {log.VerifierKey}\nlog {log.VerifierKey} https://x\nquorum none\n", "line 2: that key stands there already" },
        { $"witness A {log.VerifierKey}\nquorum A\n", "it has to be a witness's with timestamps (type 4)" },
        { $"log {Key(1)}\nquorum none\n", "it has to be a log's (type 1)" },
        { "witness A x+y+z\nquorum A\n", "is no key" },
        { $"witness A {Key(1)}\ngroup G all\nquorum A\n", "line 2: it is none of" },
        { $"witness A {Key(1)}\ngroup G 0 A\nquorum A\n", "“0” is none of all, any and a number from 1 to 1" },
        { $"witness A {Key(1)}\ngroup G 2 A\nquorum A\n", "“2” is none of all" },
        { $"witness A {Key(1)}\ngroup G +1 A\nquorum A\n", "“+1” is none of all" },
        { $"witness A {Key(1)}\ngroup G any A A\nquorum G\n", "“A” is a member already" },
        { $"witness A {Key(1)}\ngroup G any A\ngroup H any A\nquorum G\n", "line 3: “A” is a member already" },
        { $"witness A {Key(1)}\ngroup G any G\nquorum G\n", "“G” is no witness or group" },
        { $"witness A {Key(1)}\ngroup G any none\nquorum G\n", "“none” is no witness or group" },
        { $"witness A {Key(1)} https://x more\nquorum A\n", "line 1: it is none of" },
        { "quorum none extra\n", "line 1: it is none of" },
        { "quorom none\n", "line 1: it is none of" },
        { "quorum none\r\n", "line 1: it holds a control character (0x0d)" },
        { "# \0\nquorum none\n", "line 1: it holds a control character (0x00)" },
        { "quorum K\u212a\n", "“K\u212a” is no witness" }, // a Kelvin sign is no K, and names come back as they were written
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Whatever_is_no_policy_is_refused_by_its_line(string policy, string why) => Assert.Contains(why, Assert.Throws<InvalidDataException>(() => Parse(policy)).Message);

    [Fact]
    public void Thirty_two_of_each_are_taken()
    {
        NoteSigner[] many = [.. Enumerable.Range(0, 32).Select(i => NoteSigner.Create($"w{i}", VerifierKey.Cosignature))];
        var lines = string.Concat(Enumerable.Range(0, 32).Select(i => $"log {NoteSigner.Create($"log{i}").VerifierKey}\nwitness w{i} {many[i].VerifierKey}\ngroup g{i} all w{i}{(i == 0 ? "" : $" g{i - 1}")}\n"));
        var policy = Parse(lines + "quorum g31\n");
        Note By(int count) => new(text, [.. many.Take(count).Select(witness => witness.Cosign(text, DateTimeOffset.FromUnixTimeSeconds(7)))]);
        Assert.Equal(7, policy.QuorumAt(By(32))!.Value.ToUnixTimeSeconds());
        Assert.Null(policy.QuorumAt(By(31)));
        Assert.Equal(32, policy.Logs.Count);
    }

    [Fact]
    public async Task Verify_and_mirrors_ask_for_the_quorum()
    {
        using var origin = new RegistryApp();
        var file = Path.Combine(Path.GetDirectoryName(origin.DataFile)!, "policy");
        var newest = origin.Database.Read(TreeStore.Newest)!;
        var body = Note.Parse(newest.Signed)!.Text;
        async Task Sign(params int[] by) => await origin.Database.WriteAsync(t =>
        {
            TreeStore.SetCosignatures(t, newest.Size, string.Concat(by.Select(i => witnesses[i - 1].Cosign(body, origin.Clock.Now.AddMinutes(-i)).Line + "\n")));
            return 0;
        });
        await using var front = new Front(origin.Client);
        await File.WriteAllTextAsync(file, Example.Replace(log.VerifierKey.ToString(), origin.Log.Key.ToString()));
        (int Code, string Output) Verify(params string[] more) => Tool.Try("dotnet", [typeof(Program).Assembly.Location, "verify", "--log", front.Url, .. more]);

        await Sign(1, 4);
        var run = Verify("--policy", file);
        Assert.True(run.Code == 1 && run.Output.Contains("WRONG: the quorum of the policy did not cosign"), run.Output);
        Assert.Equal(0, Verify().Code);
        Assert.Equal(0, Verify("--witness", Key(1), "--witness", Key(4)).Code);
        run = Verify("--witness", Key(1), "--witness", Key(2));
        Assert.True(run.Code == 1 && run.Output.Contains("WRONG: the witness witness.example/w2 did not cosign") && !run.Output.Contains("w1 did not"), run.Output);
        using var mirror = new RegistryApp(bodies: false, ("Registry:MirrorOf", front.Url), ("Registry:Policy", file));
        await Until(() => mirror.Mirror!.Faults.Now?.Contains("is not cosigned by the witnesses") == true);
        Assert.Equal(0, mirror.Database.Read(EntryLog.Size));
        Assert.Equal(503, (int)(await mirror.Client.GetAsync("/readyz")).StatusCode);

        await Sign(1, 2, 4);
        Assert.Equal(0, Verify("--policy", file).Code);
        await Until(() => mirror.Database.Read(TreeStore.Newest)?.Size == newest.Size);
        await Until(() => mirror.Client.GetStringAsync("/readyz").Result.Contains("mirror: ok"));
        // It says no later than its witnesses: the quorum of X stands two minutes ago, that of Y four.
        using (var answer = await mirror.Client.GetAsync("/log/checkpoint")) Assert.Equal(TimeSpan.FromMinutes(4), answer.Headers.Age);

        // A policy of other logs is none for this one.
        await File.WriteAllTextAsync(file, Example.Replace(log.VerifierKey.ToString(), otherLog.VerifierKey.ToString()));
        Assert.Contains("names other logs", Verify("--policy", file).Output);
        run = Tool.Try("dotnet", [typeof(Program).Assembly.Location, "mirror", front.Url, "--policy", file, "--urls", "http://127.0.0.1:0"], null, Path.GetDirectoryName(mirror.DataFile));
        Assert.True(run.Code == 1 && run.Output.Contains("names other logs"), run.Output);
        await File.WriteAllTextAsync(file, "quorum K\n");
        run = Verify("--policy", file);
        Assert.True(run.Code == 2 && run.Output.Contains("line 1: “K” is no witness"), run.Output);
    }

    private static async Task Until(Func<bool> reached)
    {
        for (var i = 0; !reached(); i++)
        {
            Assert.True(i < 600);
            await Task.Delay(100);
        }
    }
}
