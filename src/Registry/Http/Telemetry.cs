using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Http;

/// <summary>
/// What an operator watches: metrics for Prometheus at an address of their own (<c>Registry:Metrics</c>), which the public does not reach, and traces on
/// demand (<c>Registry:Traces</c>). Neither holds a query, a name or a key.
/// </summary>
public static class Telemetry
{
    private static readonly string[] meters = [Measures.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    public static void AddTelemetry(this IServiceCollection services, Settings settings)
    {
        if (settings.Metrics is null && settings.Traces is null) return;
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("registry", serviceVersion: typeof(Telemetry).Assembly.GetName().Version!.ToString(3)));
        if (settings.Metrics is { } address)
        {
            telemetry.WithMetrics(metrics => metrics.AddMeter(meters).AddPrometheusExporter());
            services.AddSingleton<Gauges>().AddHostedService(all => new MetricsServer(address, all.GetRequiredService<MeterProvider>(), all.GetRequiredService<Gauges>()));
        }
        // Values of a query are told as Redacted unless somebody asks for them by a variable of OpenTelemetry's own.
        if (settings.Traces is { } to) telemetry.WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddOtlpExporter(exporter => exporter.Endpoint = new Uri(to)));
    }

    /// <summary>Serves /metrics and nothing else.</summary>
    private sealed class MetricsServer(string address, MeterProvider meters, Gauges gauges) : IHostedService
    {
        private WebApplication? app;

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            gauges.Start();
            var builder = WebApplication.CreateEmptyBuilder(new());
            builder.WebHost.UseKestrelCore().UseUrls(address);
            app = builder.Build();
            app.UseOpenTelemetryPrometheusScrapingEndpoint(meters, predicate: null, path: "/metrics", configureBranchedPipeline: null, optionsName: null);
            await app.StartAsync(cancellationToken);
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            if (app is not null) await app.DisposeAsync();
        }
    }

    /// <summary>What is looked at when somebody asks.</summary>
    private sealed class Gauges(Database database, Admission admission, Limits limits, Upkeep upkeep, KnownTo known) : IDisposable
    {
        private readonly Meter meter = new(Measures.Name);

        public void Start()
        {
            Lane[] lanes = [admission.Searches, admission.Slow];
            static Measurement<T> Of<T>(T value, string lane) where T : struct => new(value, new KeyValuePair<string, object?>("lane", lane));
            const string posts = "posts";
            meter.CreateObservableGauge("registry.lane.waiting", () => lanes.Select(lane => Of(lane.Waiting, lane.Name)).Append(Of(admission.Posts, posts)), "{request}", "Requests that wait for their turn");
            meter.CreateObservableGauge("registry.lane.begun", () => lanes.Select(lane => Of(lane.Begun, lane.Name)), "{request}", "Requests begun and not ended");
            meter.CreateObservableCounter("registry.lane.refused", () => lanes.Select(lane => Of(lane.Refused, lane.Name)).Append(Of(admission.Refused, posts)), "{request}", "Requests refused for want of room (503)");
            meter.CreateObservableCounter("registry.clients.refused", () => limits.Refused, "{request}", "Requests beyond their client's budget (429)");
            meter.CreateObservableGauge("registry.log.entries", () => database.Read(TreeStore.Newest)?.Size ?? 0, "{entry}", "Entries under the newest checkpoint");
            meter.CreateObservableGauge("registry.log.cosigned.entries", () => database.Read(TreeStore.NewestCosigned)?.Size ?? 0, "{entry}", "Entries under the newest checkpoint that witnesses cosigned");
            meter.CreateObservableGauge("registry.known.age", () => Math.Max(0, known.Age.TotalSeconds), "s", "What a mirror does not know of its origin yet");
            meter.CreateObservableGauge("registry.node.age", () => database.Node?.Age?.TotalSeconds ?? 0, "s", "Since a node was level with the shared log");
            meter.CreateObservableGauge("registry.writing", () => upkeep.NotWriting is null ? 1 : 0, null, "1 while posts are taken");
            meter.CreateObservableGauge("registry.disk.free", () => upkeep.Space ?? 0, "By", "Left on the disk of the data file");
            meter.CreateObservableGauge("registry.file.size", () => new FileInfo(database.Location.Address) is { Exists: true } file ? file.Length : 0, "By", "Of the data file");
        }

        public void Dispose() => meter.Dispose();
    }
}
