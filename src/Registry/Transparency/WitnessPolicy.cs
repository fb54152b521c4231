using System.Buffers;
using System.Globalization;
using System.Text;

namespace Registry.Transparency;

/// <summary>
/// Which witnesses must have cosigned a checkpoint before it counts: a file of C2SP tlog-policy. A log's own line need not stand in it
/// where the log is known otherwise.
/// </summary>
public sealed class WitnessPolicy
{
    private const int MaxLength = 64 << 10;
    private const string None = "none";

    private const string LogKind = "a log's (type 1)", WitnessKind = "a witness's with timestamps (type 4)";
    private const string Forms = "log VKEY [URL], witness NAME VKEY [URL], group NAME all|any|K MEMBER…, quorum NAME|none";

    /// <summary>Octets that may stand in a line.</summary>
    private static readonly SearchValues<char> allowed =
        SearchValues.Create([.. Enumerable.Range(0, 256).Select(octet => (char)octet).Where(c => c is '\t' or >= ' ' and not '\x7f')]);

    private readonly Dictionary<string, VerifierKey> witnesses = [];
    private readonly Dictionary<string, (int Needed, string[] Members)> groups = [];
    private string quorum = None;

    private WitnessPolicy() { }

    /// <summary>The logs it names; empty where any will do.</summary>
    public List<VerifierKey> Logs { get; } = [];

    /// <summary>Whether it is about a log, by name or because it names none.</summary>
    public bool IsAbout(VerifierKey log) => Logs.Count == 0 || Logs.Exists(named => named.ToString() == log.ToString());

    /// <summary>Every witness it names.</summary>
    public IReadOnlyCollection<VerifierKey> Witnesses => witnesses.Values;

    /// <summary>Whether no cosignature is needed at all.</summary>
    public bool IsNone => quorum == None;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is no policy; the message names the line and what is wrong with it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static WitnessPolicy Load(string file)
    {
        if (new FileInfo(file) is { Exists: true, Length: > MaxLength })
            throw new InvalidDataException($"{file} is longer than {MaxLength} bytes: it is no policy of witnesses.");
        try { return Parse(File.ReadAllBytes(file)); }
        catch (InvalidDataException wrong) { throw new InvalidDataException($"{file}, {wrong.Message}", wrong); }
    }

    /// <summary>Reads the text. Its octets are ASCII where they can be; names are compared octet by octet.</summary>
    /// <exception cref="InvalidDataException">It is no policy; the message names the line and what is wrong with it.</exception>
    public static WitnessPolicy Parse(ReadOnlySpan<byte> bytes)
    {
        var policy = new WitnessPolicy();
        var (number, quorums) = (0, 0);
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in Encoding.Latin1.GetString(bytes).Split('\n'))
        {
            number++;
            var control = line.AsSpan().IndexOfAnyExcept(allowed);
            if (control >= 0) throw Wrong($"it holds a control character (0x{(int)line[control]:x2})");
            var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case [] or [['#', ..], ..]: break;
                case ["log", var vkey, .. { Length: <= 1 }]:
                    policy.Logs.Add(New(vkey, VerifierKey.Signature, policy.Logs, LogKind));
                    break;
                case ["witness", var name, var vkey, .. { Length: <= 1 }]:
                    policy.witnesses.Add(NewName(name), New(vkey, VerifierKey.Cosignature, policy.witnesses.Values, WitnessKind));
                    break;
                case ["group", var name, var threshold, .. { Length: > 0 } members]:
                    foreach (var member in members)
                    {
                        Known(member);
                        if (!used.Add(member)) throw Wrong($"“{Shown(member)}” is a member already, and may be one once");
                    }
                    policy.groups.Add(NewName(name), (Needed(threshold, members.Length), members));
                    break;
                case ["quorum", var name]:
                    if (name != None) Known(name);
                    if (quorums++ > 0) throw Wrong("there is a quorum already");
                    policy.quorum = name;
                    break;
                default: throw Wrong($"it is none of: {Forms}");
            }
        }
        if (quorums == 0) throw Wrong("there is no quorum; write “quorum none” where no witness is needed");
        return policy;

        InvalidDataException Wrong(string what) => new($"line {number}: {what}.");
        string Shown(string name) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(name));
        bool IsKnown(string name) => policy.witnesses.ContainsKey(name) || policy.groups.ContainsKey(name);
        void Known(string name)
        {
            if (!IsKnown(name)) throw Wrong($"“{Shown(name)}” is no witness or group of the lines above");
        }
        string NewName(string name) => name != None && !IsKnown(name) ? name : throw Wrong($"the name “{Shown(name)}” is taken");
        VerifierKey New(string vkey, byte type, IEnumerable<VerifierKey> there, string kind)
        {
            var key = VerifierKey.Parse(Shown(vkey));
            if (key?.Type != type) throw Wrong($"“{Shown(vkey)}” is no key that this program checks: it has to be {kind} of Ed25519");
            return there.Any(one => one.Key.AsSpan().SequenceEqual(key.Key)) ? throw Wrong("that key stands there already") : key;
        }
        int Needed(string threshold, int count)
        {
            if (threshold == "any") return 1;
            if (threshold == "all") return count;
            var isNumber = int.TryParse(threshold, NumberStyles.None, CultureInfo.InvariantCulture, out var needed);
            if (isNumber && needed >= 1 && needed <= count) return needed;
            throw Wrong($"“{Shown(threshold)}” is none of all, any and a number from 1 to {count}");
        }
    }

    /// <summary>When the quorum had cosigned a note: the latest instant up to which enough of them say they saw it. Null without the
    /// quorum; the end of time where none is needed.</summary>
    public DateTimeOffset? QuorumAt(Note note) => quorum == None ? DateTimeOffset.MaxValue : SeenAt(quorum, note);

    private DateTimeOffset? SeenAt(string name, Note note)
    {
        if (witnesses.TryGetValue(name, out var witness)) return note.Cosignature(witness)?.At;
        var (needed, members) = groups[name];
        return members.Select(member => SeenAt(member, note)).OrderDescending().ElementAtOrDefault(needed - 1);
    }
}
