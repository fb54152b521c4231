using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace Registry.Http;

/// <summary>The client's address behind proxies: taken from X-Forwarded-For where a proxy that is trusted wrote it, and only as far back as
/// those go. From anybody else the header is ignored: whoever may choose his address is limited by nothing.</summary>
public static partial class Forwarding
{
    private const string Header = "X-Forwarded-For";
    private static readonly string[] thisMachine = ["127.0.0.0/8", "::1"];

    /// <exception cref="InvalidDataException">One is no address and no network.</exception>
    public static void UseForwarding(this WebApplication app, Settings settings)
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        var trusted = settings.TrustedProxies is [] ? thisMachine : settings.TrustedProxies;
        foreach (var proxy in trusted) options.KnownIPNetworks.Add(Read(proxy));
        var told = 0;
        app.UseWhen(context => context.Request.Headers.ContainsKey(Header), branch =>
        {
            branch.UseForwardedHeaders(options);
            branch.Use((context, next) =>
            {
                // What is believed is taken out of the header.
                var proxy = context.Connection.RemoteIpAddress;
                var isLeft = context.Request.Headers.ContainsKey(Header) && proxy is not null;
                if (isLeft && Interlocked.Exchange(ref told, 1) == 0) NotBelieved(app.Logger, proxy!);
                return next(context);
            });
        });
    }

    private static System.Net.IPNetwork Read(string text)
    {
        if (System.Net.IPNetwork.TryParse(text, out var network)) return network;
        // Not 10.0.0 for 10.0.0.0, as inet_aton has it.
        var isWhole = IPAddress.TryParse(text, out var address) && (text.Contains(':') || address.ToString() == text);
        if (isWhole) return new(address!, address!.GetAddressBytes().Length * 8);
        throw new InvalidDataException(
            $"Registry:TrustedProxies holds “{text}”; write an address such as 10.0.0.7 or a network such as 10.0.0.0/24.");
    }

    private const string NotBelievedText = "A request from {Address} names its client in X-Forwarded-For and is not believed. "
        + "If that is your proxy, name it in Registry:TrustedProxies: otherwise all its visitors share one limit. (Said once.)";

    [LoggerMessage(30, LogLevel.Warning, NotBelievedText)]
    private static partial void NotBelieved(ILogger logger, IPAddress address);
}
