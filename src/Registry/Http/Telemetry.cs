using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Http;

/// <summary>
/// What an operator watches: metrics for Prometheus at an address of their own (<c>Registry:Metrics</c>), which the public does not reach,
/// and traces on demand (<c>Registry:Traces</c>). Neither holds a query, a name or a key.
/// </summary>
public static class Telemetry
{
    private static readonly string[] meters =
        [Measures.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    private static readonly string version = typeof(Telemetry).Assembly.GetName().Version!.ToString(3);

    public static void AddTelemetry(this IServiceCollection services, Settings settings)
    {
        if (settings.Metrics is null && settings.Traces is null) return;
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("registry", serviceVersion: version));
        if (settings.Metrics is { } address)
        {
            telemetry.WithMetrics(metrics => metrics.AddMeter(meters).AddPrometheusExporter());
            services.AddSingleton<Gauges>();
            services.AddHostedService(all => ActivatorUtilities.CreateInstance<MetricsServer>(all, address));
        }
        // Values of a query are told as Redacted unless somebody asks for them by a variable of OpenTelemetry's own.
        if (settings.Traces is not { } to) return;
        telemetry.WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddOtlpExporter(exporter => exporter.Endpoint = new Uri(to)));
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
            app.UseOpenTelemetryPrometheusScrapingEndpoint(meters, null, "/metrics", null, null);
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
            const string posts = "posts", requests = "{request}", entries = "{entry}", seconds = "s", bytes = "By";
            meter.CreateObservableGauge("registry.lane.waiting", Waiting, requests, "Requests that wait for their turn");
            meter.CreateObservableGauge("registry.lane.begun", () => Each(lane => lane.Begun), requests, "Requests begun and not ended");
            meter.CreateObservableCounter("registry.lane.refused", Refused, requests, "Refused for want of room");
            meter.CreateObservableCounter("registry.clients.refused", () => limits.Refused, requests, "Beyond their client's budget");
            meter.CreateObservableGauge("registry.log.entries", () => Size(TreeStore.Newest), entries, "Under the newest checkpoint");
            meter.CreateObservableGauge("registry.log.cosigned.entries", Cosigned, entries, "Under the newest cosigned one");
            meter.CreateObservableGauge("registry.known.age", KnownAge, seconds, "What a mirror does not know yet");
            meter.CreateObservableGauge("registry.node.age", NodeAge, seconds, "Since a node was level with the log");
            meter.CreateObservableGauge("registry.writing", () => upkeep.NotWriting is null ? 1 : 0, null, "1 while posts are taken");
            meter.CreateObservableGauge("registry.disk.free", () => upkeep.Space ?? 0, bytes, "Left on the disk of the data file");
            meter.CreateObservableGauge("registry.file.size", FileSize, bytes, "Of the data file");

            IEnumerable<Measurement<long>> Waiting() => Each(lane => lane.Waiting, admission.Posts);
            IEnumerable<Measurement<long>> Refused() => Each(lane => lane.Refused, admission.Refused);
            long Cosigned() => Size(TreeStore.NewestCosigned);
            double KnownAge() => Math.Max(0, known.Age.TotalSeconds);
            double NodeAge() => database.Node?.Age?.TotalSeconds ?? 0;

            IEnumerable<Measurement<long>> Each(Func<Lane, long> of, long? ofPosts = null)
            {
                var each = lanes.Select(lane => Named(of(lane), lane.Name));
                return ofPosts is { } count ? each.Append(Named(count, posts)) : each;
            }
        }

        private static Measurement<long> Named(long value, string lane) => new(value, new KeyValuePair<string, object?>("lane", lane));

        private long Size(Func<System.Data.Common.DbConnection, PublishedCheckpoint?> checkpoint) => database.Read(checkpoint)?.Size ?? 0;

        private long FileSize() => new FileInfo(database.Location.Address) is { Exists: true } file ? file.Length : 0;

        public void Dispose() => meter.Dispose();
    }
}
