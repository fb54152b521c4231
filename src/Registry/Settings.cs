using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry;

/// <summary>The settings, section <c>Registry</c> of the configuration (environment: <c>Registry__DataFile</c>).</summary>
public sealed record Settings
{
    private const string Alone = "sqlite", Shared = "postgres";

    /// <summary>The data file of a demo, which is not a setting: it never touches one that `serve` made.</summary>
    public const string DemoFile = "demo/registry.db";

    /// <summary>Where a demo makes its dumps.</summary>
    public const string DemoDumps = "demo/dumps";

    /// <summary>That the data are invented.</summary>
    public static readonly Text DemoNotice =
        new("演示数据：获证组织、认证机构与等级均为虚构。", "Demo data: holders, bodies and levels are invented.");

    /// <summary>Where the log is: <c>sqlite</c>, in the data file alone, or <c>postgres</c>, shared by several nodes at a
    /// <see cref="ConnectionString"/>.</summary>
    public string Database { get; init; } = Alone;

    /// <summary>Of PostgreSQL, as Npgsql writes it.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>How old an answer of a node may be while the shared log cannot be asked; it tells its age then. Zero: none is
    /// given.</summary>
    public TimeSpan StaleReads { get; init; }

    /// <summary>The data file, made when absent. A node's is made from the shared log.</summary>
    public string DataFile { get; init; } = "data/registry.db";

    /// <summary>The key that signs the log, made with a new data file and readable by its owner only. Left out, beside the data
    /// file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Address the public uses, such as https://reg.example: it is what marks and links say, and names a new log. Left out, the
    /// first address the program listens on.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>For how long a signed answer is kept at its address: a tender can be disputed for years.</summary>
    public TimeSpan KeepAnswers { get; init; } = TimeSpan.FromDays(1826);

    /// <summary>A font file with Chinese for the text of marks; left out, what fontconfig names on this machine.</summary>
    public string? MarkFont { get; init; }

    /// <summary>A file of scheme editions in place of those that ship: db/reference/schemes.json.</summary>
    public string? Schemes { get; init; }

    /// <summary>ICP filing number 备案号, shown in the foot of every page with a link to the ministry's query site.</summary>
    public string? IcpNumber { get; init; }

    /// <summary>Where a vulnerability is reported, as /.well-known/security.txt says it: <c>mailto:</c> or <c>https:</c>. Left out, there
    /// is no such file.</summary>
    public string? SecurityContact { get; init; }

    /// <summary>Witnesses that cosign checkpoints, each its public key, a space and its address. A list, or one text with
    /// commas.</summary>
    public string[] Witnesses { get; init; } = [];

    /// <summary>A folder that the log's entries are shipped to as they are recorded, best on another disk; left out, nowhere.</summary>
    public string? ShipTo { get; init; }

    /// <summary>A folder that a dump of all certificates is made in every night, and served from at /data; left out, none is made: a dump
    /// takes room, on a disk that the log may need.</summary>
    public string? Dumps { get; init; }

    /// <summary>For how long a dump is kept; the newest always is.</summary>
    public TimeSpan KeepDumps { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Under which licence the data of dumps may be used: an identifier of SPDX, an address, or a sentence.</summary>
    public string DumpLicence { get; init; } = "CC-BY-4.0";

    /// <summary>A file of C2SP tlog-policy: a mirror follows only checkpoints that its quorum of witnesses has cosigned.</summary>
    public string? Policy { get; init; }

    /// <summary>Addresses and networks of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/24; left out, this machine. A list,
    /// or one text with commas.</summary>
    public string[] TrustedProxies { get; init; } = [];

    /// <summary>Where metrics are served for Prometheus, an address of their own such as http://127.0.0.1:9464; left out,
    /// nowhere.</summary>
    public string? Metrics { get; init; }

    /// <summary>Where traces are sent by OTLP (gRPC), such as http://localhost:4317; left out, none are made.</summary>
    public string? Traces { get; init; }

    /// <summary>Address of the registry this one mirrors; <c>registry mirror URL</c> sets it.</summary>
    public string? MirrorOf { get; init; }

    private const int MaxKeptDays = 36_525, MaxLicence = 200;

    public Location Location => Location.File(DataFile);

    /// <summary>Connection string of the log that this node shares with others; null where the data file is the registry.</summary>
    /// <exception cref="InvalidDataException">There is no such place for a log, or no connection string for it, or a mirror would share
    /// one.</exception>
    public string? SharedLog => Database switch
    {
        Alone => null,
        Shared when MirrorOf is not null =>
            throw new InvalidDataException("A mirror keeps a file of its own: leave Registry:Database out."),
        Shared => ConnectionString ?? throw new InvalidDataException(
            "Registry:ConnectionString is missing: write such as Host=localhost;Database=registry;Username=registry."),
        _ => throw new InvalidDataException($"Registry:Database is “{Database}”; it may be {Alone} or {Shared}."),
    };

    /// <summary>With the registry in one file.</summary>
    public Settings InFile(string file) => this with { Database = Alone, ConnectionString = null, DataFile = file };

    public string KeyPath => KeyFile ?? Path.ChangeExtension(DataFile, ".key");

    /// <summary>Where the newest published checkpoint is remembered.</summary>
    public string PublishedPath => Path.ChangeExtension(DataFile, ".published");

    /// <summary>Origin of a log that is made anew. Without a public address it is one of its own under .invalid (RFC 2606), so that no two
    /// logs share a name.</summary>
    public string NewOrigin => Uri.TryCreate(PublicUrl, UriKind.Absolute, out var url)
        ? $"{PublicAddress.Authority(url)}{url.AbsolutePath.TrimEnd('/')}/log" : $"{Guid.NewGuid():N}.invalid/log";

    /// <exception cref="InvalidDataException">A witness is not written as public key, space, address.</exception>
    public IEnumerable<(VerifierKey Key, string Url)> WitnessKeys => Witnesses.Select(WitnessOf);

    private static (VerifierKey Key, string Url) WitnessOf(string line)
    {
        if (line.Split(' ') is [var vkey, var url] && Uri.IsWellFormedUriString(url, UriKind.Absolute)
            && VerifierKey.Parse(vkey) is { Type: VerifierKey.Cosignature } key)
            return (key, url.TrimEnd('/'));
        throw new InvalidDataException(
            $"Registry:Witnesses holds “{line}”; write the witness's public key (type 4), a space and its address.");
    }

    /// <exception cref="InvalidDataException">The file is no policy.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public WitnessPolicy? WitnessPolicy => Policy is null ? null : WitnessPolicy.Load(Policy);

    /// <summary>Keys of the witnesses that are configured here: no other line under a checkpoint is believed or shown.</summary>
    /// <inheritdoc cref="WitnessPolicy"/>
    public VerifierKey[] KnownWitnesses =>
        [.. WitnessKeys.Select(witness => witness.Key).Concat(WitnessPolicy?.Witnesses ?? []).DistinctBy(key => key.ToString())];

    /// <summary>The names of the settings.</summary>
    public static readonly string[] Names =
        [.. typeof(Settings).GetProperties().Where(property => property.CanWrite).Select(property => property.Name)];

    /// <summary>Whether there is such a setting, or it is an item of one that is a list.</summary>
    public static bool IsKnown(string name) => Names.Contains(name.Split(':')[0], StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads them, and the reference data that they name.</summary>
    /// <exception cref="InvalidDataException">There is no setting of that name, or its value cannot be one.</exception>
    public static Settings Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Registry");
        var unknown = section.GetChildren().FirstOrDefault(child => !IsKnown(child.Key));
        if (unknown is not null)
            throw new InvalidDataException($"There is no setting Registry:{unknown.Key}{Nearest.Hint(unknown.Key, Names).En}");
        CheckForms(section);
        var settings = section.Get<Settings>() ?? new();
        string[] ListOf(string name, string[] items) => section[name] is { Length: > 0 } text ? Listed(text) : items;
        settings = settings with
        {
            Witnesses = ListOf(nameof(Witnesses), settings.Witnesses),
            TrustedProxies = ListOf(nameof(TrustedProxies), settings.TrustedProxies),
        };
        Catalogue.Take(settings.Schemes);
        CheckKept("KeepAnswers", settings.KeepAnswers);
        CheckKept("KeepDumps", settings.KeepDumps);
        // A bare number is days.
        if (settings.StaleReads < TimeSpan.Zero || settings.StaleReads >= TimeSpan.FromDays(1))
            throw Wrong("StaleReads", settings.StaleReads, "write hours:minutes:seconds, less than a day, such as 00:00:30");
        // Pages read what is known of witnesses: what cannot be read ends the start, and not each of them.
        _ = settings.KnownWitnesses;
        if (settings.Dumps is not null && settings.MirrorOf is not null)
            throw new InvalidDataException("A mirror has no key to sign a dump with: leave Registry:Dumps out.");
        var licence = settings.DumpLicence;
        if (licence.Trim().Length == 0 || licence.Length > MaxLicence || licence.Any(char.IsControl))
            throw Wrong("DumpLicence", licence,
                $"write an identifier such as CC-BY-4.0, an address or a sentence of at most {MaxLicence} characters");
        if (settings.PublicUrl is { } address && !IsPublic(address))
            throw Wrong("PublicUrl", address, "write the address that the public uses, such as https://reg.example");
        if (settings.SecurityContact is { } contact && !IsContact(contact))
            throw Wrong("SecurityContact", contact, "write mailto:security@reg.example, or an address that begins with https://");
        if (settings.Metrics is { } metrics && !IsAddress(PublicAddress.Reached(metrics)))
            throw Wrong("Metrics", metrics, "write an address of its own such as http://127.0.0.1:9464");
        if (settings.Traces is { } traces && !IsAddress(traces))
            throw Wrong("Traces", traces, "write an address such as http://localhost:4317");
        return settings;
    }

    /// <summary>What the framework would read as no setting at all: a blank (a variable that is not set, a line that nobody filled in), and
    /// a list where one value is meant.</summary>
    private static void CheckForms(IConfigurationSection section)
    {
        foreach (var name in Names)
        {
            var isListed = section.GetSection(name).GetChildren().Any();
            if (isListed && name is not (nameof(Witnesses) or nameof(TrustedProxies)))
                throw new InvalidDataException($"Registry:{name} is one value: write it without what stands behind its name.");
            if (!isListed && section[name] is { } text && string.IsNullOrWhiteSpace(text))
                throw Wrong(name, text, "write a value, or leave it out");
        }
    }

    private static string[] Listed(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>It names a log for good, and stands in every mark: what could not be part of a link is no beginning of one.</summary>
    private static bool IsPublic(string text) => IsAddress(text) && new Uri(text) is { Query: "", Fragment: "", UserInfo: "" };

    private static bool IsContact(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeMailto && text.Contains('@'));

    private static bool IsAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps);

    /// <exception cref="InvalidDataException">It is shorter than a day or longer than is kept.</exception>
    private static void CheckKept(string setting, TimeSpan kept)
    {
        if (kept < TimeSpan.FromDays(1) || kept > TimeSpan.FromDays(MaxKeptDays))
            throw Wrong(setting, kept, $"write days.hours:minutes:seconds, 1.00:00:00 to {MaxKeptDays}.00:00:00");
    }

    private static InvalidDataException Wrong(string setting, object value, string how) => new($"Registry:{setting} is “{value}”; {how}.");
}

/// <summary>The address that marks and links say: never taken from a request, whose Host header anybody can choose.</summary>
public sealed class PublicAddress(Settings settings, IServer server)
{
    private sealed record Address(string? Said, string Base, string Host);

    private volatile Address? last;

    /// <summary>As machines write it, without a slash at its end: a name in other letters is punycode (RFC 3492), as codes, links and
    /// headers need it.</summary>
    public string Base => Known.Base;

    /// <summary>As people read it in the address bar, with its port where it is not the scheme's own.</summary>
    public string Host => Known.Host;

    /// <summary>Whether an address is on the host and port of a registry's.</summary>
    public static bool IsOf(Uri site, string home) => Uri.TryCreate(home, UriKind.Absolute, out var own)
        && Authority(site).Equals(Authority(own), StringComparison.OrdinalIgnoreCase);

    /// <summary>Host and port as machines write them.</summary>
    public static string Authority(Uri url)
    {
        var host = url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost;
        return url.IsDefaultPort ? host : $"{host}:{url.Port}";
    }

    /// <summary>An address to listen on as this machine reaches it: Kestrel writes * and + for every address there is.</summary>
    internal static string Reached(string address) => address.Replace("[::]", "localhost").Replace("0.0.0.0", "localhost")
        .Replace("//+", "//localhost").Replace("//*", "//localhost");

    /// <summary>What the server listens on is known once it has started: until then it may change.</summary>
    private Address Known
    {
        get
        {
            var said = settings.PublicUrl ?? server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
            if (last is { } known && known.Said == said) return known;
            var address = Reached(said ?? "http://localhost").TrimEnd('/');
            if (!Uri.TryCreate(address, UriKind.Absolute, out var url)) return last = new(said, address, address);
            return last = new(said, $"{url.Scheme}://{Authority(url)}{url.AbsolutePath.TrimEnd('/')}", url.Authority);
        }
    }
}
