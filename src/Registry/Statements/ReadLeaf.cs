using System.Collections.Concurrent;
using System.Text.Json;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Statements;

/// <summary>A leaf with all that can be said of it without the log before it, so that it is said beside the one thread that replays the
/// log.</summary>
/// <param name="Leaf">Its bytes and their hash.</param>
/// <param name="Jws">Its three parts; null where it has not that form.</param>
/// <param name="Fault">Why not.</param>
/// <param name="Statement">What it states; null where it is no statement.</param>
/// <param name="Issue">What an issue writes.</param>
/// <param name="IsSigned">Whether the key that it names is known to have signed it. False says nothing: it was not looked at, or the key
/// was not at hand.</param>
public sealed record ReadLeaf(Leaf Leaf, Jws? Jws, JwsFault Fault, Statement? Statement, ReadyIssue? Issue, bool IsSigned)
{
    /// <param name="bytes">The signed statement.</param>
    /// <param name="keys">By their thumbprints, those whose signatures are checked; none to leave that to whoever replays it.</param>
    public static ReadLeaf Of(byte[] bytes, IReadOnlyDictionary<string, Jwk>? keys = null)
    {
        var leaf = new Leaf(bytes);
        var (jws, fault) = Jws.Parse(bytes);
        if (jws is null) return new(leaf, null, fault, null, null, false);
        var statement = StatementOf(jws);
        var issue = statement is Issue stated ? new ReadyIssue(stated, leaf) : null;
        return new(leaf, jws, fault, statement, issue, keys is not null && keys.TryGetValue(jws.Kid, out var key) && jws.IsSignedBy(key));
    }

    /// <summary>What a leaf states; null where it is no statement.</summary>
    public static Statement? StatementOf(byte[] leaf) => Jws.Parse(leaf).Jws is { } jws ? StatementOf(jws) : null;

    /// <summary>The same without its root of the map, for whoever goes on though that is wrong.</summary>
    public ReadLeaf WithoutMap() => this with
    {
        Statement = Statement! with { Map = null },
        Issue = Statement is Issue issue ? new(issue with { Map = null }, Leaf) : null,
    };

    private static Statement? StatementOf(Jws jws)
    {
        try { return Statement.FromJson(jws.Payload); }
        catch (JsonException) { return null; }
    }
}

/// <summary>Reads the leaves of one log with the keys that it has shown so far. Which of them may sign what, the replay decides.</summary>
/// <param name="log">Its own key.</param>
/// <param name="known">Keys of bodies that were registered before the first leaf that is read.</param>
public sealed class LeafReader(VerifierKey log, IEnumerable<Jwk> known)
{
    private readonly ConcurrentDictionary<string, Jwk> keys =
        new(known.Prepend(Jwk.Of(log)).Select(key => KeyValuePair.Create(key.Thumbprint, key)));

    /// <summary>From any thread.</summary>
    public ReadLeaf Read(byte[] bytes)
    {
        var read = ReadLeaf.Of(bytes, keys);
        if (read.Statement is RegisterKey { Key: { IsValid: true } key }) keys.TryAdd(key.Thumbprint, key);
        return read;
    }
}
