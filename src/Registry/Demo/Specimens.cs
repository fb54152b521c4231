using System.Security.Cryptography;
using System.Text;
using Registry.Certificates;
using Registry.Marks;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Demo;

/// <summary>
/// Certificates, marks and a key that are the same in every demo, so that the examples of the contract can name them. Their ids follow
/// from what was stated, when, and by which key: they are stated first, on a fixed day, and a demo's log is signed by a key that anybody
/// can read here. It proves nothing, and is never used but for the file of a demo.
/// </summary>
public static class Specimens
{
    /// <summary>The body whose key a demo prints.</summary>
    public const string Body = "CNCA-R-2099-901";
    public const string HolderName = "样例市场（演示）有限公司";
    /// <summary>Code that deletes the kept answer.</summary>
    public const string DeletionCode = "00000000000000000000000000000000";
    /// <summary>Ids of answers that every demo keeps, and of what it follows: one to read, one to delete or end.</summary>
    public const string Answer = "0EXAMPEANSWER0000000000000", DeletedAnswer = "0EXAMPEANSWER0000000000001";
    /// <inheritdoc cref="Answer"/>
    public const string Watch = "0EXAMPEWATCH00000000000000", EndedWatch = "0EXAMPEWATCH00000000000001";

    /// <summary>Before anything else that a demo tells.</summary>
    public static readonly DateTimeOffset Begin = new(2022, 1, 4, 2, 0, 0, TimeSpan.Zero);

    /// <summary>Of the mark whose items have codes of their own.</summary>
    public static readonly byte[] Seed = SHA256.HashData("registry demo: seed of a mark"u8);

    /// <summary>Numbers of the certificates: one to read, and one for each act.</summary>
    public const string Read = "SAMPLE-READ", Corrected = "SAMPLE-CORRECT", Suspended = "SAMPLE-SUSPEND", Restored = "SAMPLE-RESTORE",
        Revoked = "SAMPLE-REVOKE", Cancelled = "SAMPLE-CANCEL";

    private static readonly string[] numbers = [Read, Corrected, Suspended, Restored, Revoked, Cancelled];

    /// <summary>The key that a demo's log is signed with.</summary>
    /// <param name="origin">Name of the log.</param>
    public static NoteSigner Key(string origin) => NoteSigner.Of(origin, SHA256.HashData("registry demo: key of the log"u8));

    /// <summary>A body's own key.</summary>
    public static NoteSigner BodyKey => NoteSigner.Of("body", SHA256.HashData("registry demo: key of a body"u8));

    private static DateTimeOffset At(int second) => Begin.AddMinutes(1).AddSeconds(second);

    private static DateTimeOffset AtMark(int second) => Begin.AddMinutes(2).AddSeconds(second);

    private static CertificateContent Content(string number) => new()
    {
        Number = number,
        Holder = new() { Name = HolderName, NameEn = "Sample Market (demo) Co., Ltd.", Region = "370212", Address = "演示路 1 号" },
        Category = 27,
        Scope = "市场的经营管理与服务（演示样例）",
        IssuedOn = new(2022, 1, 4),
        ExpiresOn = new(2099, 12, 31),
    };

    private static IssueMark Printed(string text, byte[]? seed = null) => new()
    {
        Body = Body,
        Certificate = Certificate(Read),
        Placement = Placement.Premises,
        Text = text,
        Items = seed is null ? null : 100,
        SeedHash = seed is null ? null : ItemCode.HashOf(seed),
        Nonce = "0",
    };

    private static readonly Lazy<NoteSigner> signer = new(() => Key("demo"));

    private static readonly IssueMark[] marks =
        [Printed("样例门店（演示）"), Printed("样例门店的标签（演示）", Seed), Printed("样例旧门店（演示）")];

    /// <summary>Id of the certificate with one of these numbers.</summary>
    public static string Certificate(string number) =>
        ReadyIssue.Sign(signer.Value, Body, Content(number), At(Array.IndexOf(numbers, number))).Id;

    private static string Code(int mark)
    {
        var statement = marks[mark] with { StatedAt = AtMark(mark), OnBehalf = true };
        return Identifier.OfHash(new Leaf(Jws.Sign(signer.Value, statement.ToJson())).Hash);
    }

    /// <summary>A mark, one whose items have codes of their own, and one to withdraw.</summary>
    public static string Mark => Code(0);

    /// <inheritdoc cref="Mark"/>
    public static string Serialised => Code(1);

    /// <inheritdoc cref="Mark"/>
    public static string Withdrawn => Code(2);

    /// <summary>The body's key as it registers itself.</summary>
    public static RegisterKey Registration()
    {
        using var key = BodyKey;
        var stated = new RegisterKey { Body = Body, Key = key.Jwk, Aud = "demo", StatedAt = Begin };
        return new() { Body = Body, Key = key.Jwk, Proof = Encoding.ASCII.GetString(Jws.Sign(key, stated.ToJson())) };
    }

    /// <summary>Something that the body signed itself, long ago.</summary>
    public static string Signed(Statement statement)
    {
        using var key = BodyKey;
        return Encoding.ASCII.GetString(Jws.Sign(key, (statement with { Aud = "demo", StatedAt = Begin }).ToJson()));
    }

    /// <summary>What is stated, and when.</summary>
    public static IEnumerable<(DateTimeOffset At, Func<Transaction, string?> Act)> Statements()
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            var content = Content(numbers[i]);
            yield return (At(i), t => Publisher.Issue(t, Body, content).Id);
        }
        for (var i = 0; i < marks.Length; i++)
        {
            var mark = marks[i];
            yield return (AtMark(i), t => State(t, mark));
        }
        var (restored, day) = (Certificate(Restored), new DateOnly(2022, 1, 4));
        var suspended = new Suspend { Body = Body, Certificate = restored, EffectiveOn = day, Reason = Reason.Nonconformity };
        yield return (Begin.AddMinutes(3), t => Publisher.Amend(t, suspended).Id);
        yield return (Begin.AddMinutes(4), t => Publisher.RegisterKey(t, Registration()).Id);
    }

    private static string State(Transaction transaction, IssueMark mark)
    {
        var code = Publisher.IssueMark(transaction, mark).Id;
        if (mark.Items is not null) MarkStore.KeepSeed(transaction.Connection, code, Seed);
        return code;
    }
}
