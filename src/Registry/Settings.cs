using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Registry;

/// <summary>The settings, section <c>Registry</c> of the configuration (environment: <c>Registry__DataFile</c>).</summary>
public sealed record Settings
{
    /// <summary>The SQLite file, made when absent.</summary>
    public string DataFile { get; init; } = "data/registry.db";

    /// <summary>Address the public uses, such as https://reg.example: it is what marks and links say. Left out, the first address the program listens on.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>A font file with Chinese for the text of marks; left out, what fontconfig names on this machine.</summary>
    public string? MarkFont { get; init; }

    /// <summary>ICP filing number 备案号, shown in the foot of every page with a link to the ministry's query site.</summary>
    public string? IcpNumber { get; init; }

    public static Settings Read(IConfiguration configuration) => configuration.GetSection("Registry").Get<Settings>() ?? new();
}

/// <summary>The address that marks and links say: never taken from a request, whose Host header anybody can choose.</summary>
public sealed class PublicAddress(Settings settings, IServer server)
{
    public string Base => (settings.PublicUrl ?? server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
        ?.Replace("[::]", "localhost").Replace("0.0.0.0", "localhost").Replace("//+", "//localhost").Replace("//*", "//localhost") ?? "http://localhost").TrimEnd('/');
}
