using System.CommandLine;
using System.Data.Common;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Statements;

namespace Registry.Commands;

/// <summary><c>registry bodies</c>: certification bodies and their keys.</summary>
public static class BodiesCommand
{
    /// <summary>Days a new API key lives, unless somebody says otherwise; and the most they may say.</summary>
    private const int UsualDays = 365, MaxDays = 3650;

    private static readonly Argument<string> number = new("approval-number") { Description = "CNCA-R-YYYY-NNN or CNCA-RF-YYYY-NN" };

    public static Command Make() =>
        new("bodies", "Certification bodies and their keys.") { Add(), Key(), RegisterKey(), WithdrawKey(), List() };

    private static Command Add()
    {
        var name = new Argument<string>("name");
        var nameEn = new Option<string?>("--name-en");
        var add = new Command("add", "Admit a certification body.") { number, name, nameEn };
        add.SetAction(parsed => OpenRegistry.Run(parsed, async database =>
        {
            var clean = Name(parsed.GetValue(name)) ?? throw new FaultException(Refusal.Required, "/name");
            var admit = new Admit { Body = parsed.GetValue(number)!, Name = clean, NameEn = Name(parsed.GetValue(nameEn)) };
            var recorded = await database.WriteAsync(transaction => Publisher.Admit(transaction, admit));
            Console.WriteLine(recorded.New ? $"Admitted {admit.Body} {admit.Name}, log index {recorded.Seq}."
                : $"{admit.Body} is admitted already.");
        }, mayBegin: true));
        return add;
    }

    /// <exception cref="FaultException">It is no name that can be shown.</exception>
    private static string? Name(string? given) =>
        PlainText.Clean(given, CertificateDraft.MaxName) is var (clean, refusal) && refusal is null ? clean
            : throw new FaultException(refusal, "/name", CertificateDraft.MaxName);

    private static Command Key()
    {
        var label = new Option<string>("--label") { DefaultValueFactory = _ => "default", Description = "What the key is for" };
        var days = new Option<int>("--days")
        {
            DefaultValueFactory = _ => UsualDays,
            Description = "Days until it expires",
        }.Within(1, MaxDays);
        var revoke = new Option<string?>("--revoke") { Description = "Id of a key to revoke instead" };
        var withdrawKeys = new Option<bool>("--withdraw-keys")
        {
            Description = "With --revoke: withdraw the signing keys that came in through it too",
        };
        var key = new Command("key", "Make a key of a body, shown once; or revoke one.") { number, label, days, revoke, withdrawKeys };
        key.SetAction(parsed => OpenRegistry.Run(parsed, async database =>
        {
            var body = parsed.GetValue(number)!;
            if (parsed.GetValue(revoke) is { } id)
            {
                await RevokeKey(database, body, id, parsed.GetValue(withdrawKeys));
                return;
            }
            if (parsed.GetValue(withdrawKeys))
                throw new InvalidDataException("--withdraw-keys goes with --revoke and the id of a key (bodies list).");
            var made = await database.WriteAsync(transaction =>
                ApiKeys.Create(transaction, body, parsed.GetValue(label)!, transaction.Now.AddDays(parsed.GetValue(days))));
            Console.WriteLine($"Key {made.Id}. It is shown this once and cannot be read again:\n{made.Key}");
        }));
        return key;
    }

    /// <summary>Revokes an API key and names the signing keys that came in through it, which go on signing until they are withdrawn
    /// too.</summary>
    private static async Task RevokeKey(Database database, string body, string id, bool withdraw)
    {
        var (revoked, through) = await database.WriteAsync<(bool Revoked, List<BodyKey>? Through)>(transaction =>
        {
            var db = transaction.Connection;
            if (ApiKeys.List(db, body).All(one => one.Id != id)) return (false, null);
            var keys = KeyStore.Through(db, body, id);
            if (withdraw) keys.ForEach(one => Publisher.WithdrawKey(transaction, OnOwnAccount(body, one.Kid)));
            return (ApiKeys.Revoke(transaction, id), keys);
        });
        if (through is null) throw new InvalidDataException($"There is no key {id} of {body} to revoke.");
        Console.WriteLine(revoked ? $"Revoked key {id}." : $"Key {id} was revoked before.");
        foreach (var one in through)
            Console.WriteLine($"  signing key {one.Kid} came in through it: {(withdraw ? "withdrawn" : "it still signs")}");
        if (through.Count > 0 && !withdraw)
            Console.WriteLine($"To withdraw them: bodies key {body} --revoke {id} --withdraw-keys. "
                + "Did somebody else hold the API key, the body decides which keys are its own.");
    }

    private static WithdrawKey OnOwnAccount(string body, string kid) => new() { Body = body, Kid = kid, OnBehalf = false };

    private static Command WithdrawKey()
    {
        var kid = new Argument<string>("kid") { Description = "Thumbprint of the key, as GET /v1/keys shows it" };
        const string About = "Withdraw a body's own public key, on the registry's own account: for a body that lost it.";
        var withdraw = new Command("withdraw-key", About) { number, kid };
        withdraw.SetAction(parsed => OpenRegistry.Run(parsed, async database =>
        {
            var stated = OnOwnAccount(parsed.GetValue(number)!, parsed.GetValue(kid)!);
            var recorded = await database.WriteAsync(transaction => Publisher.WithdrawKey(transaction, stated));
            Console.WriteLine(recorded.New ? $"Withdrawn, log index {recorded.Seq}." : "It was withdrawn before.");
        }));
        return withdraw;
    }

    private static Command RegisterKey()
    {
        var file = new Argument<FileInfo>("file") { Description = "The registration that the new key has signed itself: a compact JWS" };
        var register = new Command("register-key",
            "Set a body's public key, on the registry's own account: for a body that lost every key. Every page names it so.")
        {
            number,
            file.AcceptExistingOnly(),
        };
        register.SetAction(parsed => OpenRegistry.Run(parsed, async (database, _, identity) =>
        {
            var jws = await File.ReadAllBytesAsync(parsed.GetValue(file)!.FullName);
            var stated = SignedStatements.Registration(jws, parsed.GetValue(number)!, identity.Key, now: null);
            var recorded = await database.WriteAsync(transaction => Publisher.RegisterKey(transaction, stated with { OnBehalf = false }));
            Console.WriteLine(recorded.New
                ? $"Set key {recorded.Id}, log index {recorded.Seq}. What it signs is shown as signed with a key set by the registry."
                : "It is registered already.");
        }));
        return register;
    }

    private static Command List()
    {
        var list = new Command("list", "List bodies, their API keys and their signing keys.");
        list.SetAction(parsed => OpenRegistry.Run(parsed, database =>
        {
            foreach (var line in database.Read(Lines)) Console.WriteLine(line);
            return Task.CompletedTask;
        }));
        return list;
    }

    private static List<string> Lines(DbConnection db)
    {
        var lines = new List<string>();
        foreach (var body in BodyStore.All(db))
        {
            var alone = BodyStore.OwnSignatureAt(db, body.ApprovalNumber) is { } at ? $"  its own signature alone counts, entry {at}" : "";
            lines.Add($"{body.ApprovalNumber}  {body.Name}{alone}");
            foreach (var key in ApiKeys.List(db, body.ApprovalNumber))
            {
                var expires = Day.Of(DateTimeOffset.FromUnixTimeMilliseconds(key.ExpiresAt));
                lines.Add($"  key {key.Id}  {key.Label}  expires {expires:O}{(key.RevokedAt is null ? "" : "  revoked")}");
            }
            foreach (var key in KeyStore.List(db, body.ApprovalNumber))
            {
                var withdrawn = key.WithdrawnAt is { } entry ? $"  withdrawn, entry {entry}" : "";
                lines.Add($"  signs {key.Kid}  {Origin(db, key)}, entry {key.RegisteredAt}{withdrawn}");
            }
        }
        return lines;
    }

    /// <summary>By what a signing key was registered, in words.</summary>
    private static string Origin(DbConnection db, BodyKey key) => KeyStore.OriginOf(db, key) switch
    {
        { Signer: { } signer } => $"registered by {signer}{(key.SetByRegistry ? ", which goes back to a key set by the registry" : "")}",
        { ByRegistry: true } => "set by the registry",
        { ApiKey: { } apiKey } => $"registered with API key {apiKey}",
        _ => "registered with an API key that older logs do not name",
    };
}
