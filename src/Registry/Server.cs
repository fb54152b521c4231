using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;
using Registry.Answers;
using Registry.Certificates;
using Registry.Contract;
using Registry.Custody;
using Registry.Dumps;
using Registry.Http;
using Registry.Ingest;
using Registry.Marks;
using Registry.Pages;
using Registry.Programs;
using Registry.Search;
using Registry.Statements;
using Registry.Transparency;
using Registry.Verification;
using Registry.Watching;

namespace Registry;

/// <summary>Composes the web application and runs it.</summary>
public static class Server
{
    /// <summary>Beyond it a connection is closed as it comes: each costs memory though it says nothing.</summary>
    private const int MaxConnections = 10_000;
    private static readonly TimeSpan headersWithin = TimeSpan.FromSeconds(10), idleFor = TimeSpan.FromMinutes(1);
    /// <summary>By then whoever starts it has asked whether it is ready.</summary>
    private static readonly TimeSpan startedFor = TimeSpan.FromSeconds(1);

    public static async Task<int> Run(string[] args, bool demo)
    {
        try { return await Serve(args, demo); }
        catch (Exception error) when (error is not HostAbortedException) // so tests and tools stop it before it runs
        {
            Console.Error.WriteLine($"It cannot start: {Trouble.Line(error)}");
            return 1;
        }
    }

    private static async Task<int> Serve(string[] args, bool demo)
    {
        var app = Build(args, demo);
        var (database, mirror) = (app.Services.GetRequiredService<Database>(), app.Services.GetService<Mirror>());
        _ = Get<IndexReader>().Prepare(database.Location).ContinueWith(_ => OnceStarted(app), TaskScheduler.Default);
        var failed = false;
        database.OnFailure = _ =>
        {
            failed = true;
            app.Lifetime.StopApplication();
        };
        if (database.Node is null)
        {
            if (mirror is null) await AskWitnesses();
        }
        else _ = Task.Run(WhenLevel);
        if (demo) await Demo.DemoGuide.Prepare(app);
        app.Lifetime.ApplicationStarted.Register(database.LimitReads);
        await app.RunAsync();
        return failed ? 1 : mirror?.Misbehaviour is null ? 0 : 3;

        Task AskWitnesses() => Opening.AskWitnesses(Get<Settings>(), Get<LogIdentity>(), database, Get<Upkeep>().Saw, app.Logger);

        T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

        // A node catches up while it already says how far it is.
        async Task WhenLevel()
        {
            try
            {
                await Opening.Level(database, Timeout.InfiniteTimeSpan, (_, _) => { }, app.Lifetime.ApplicationStopping);
                await AskWitnesses();
            }
            catch (OperationCanceledException) { }
            catch (ForkedLogException older)
            {
                Log.SharedLogRefused(app.Logger, older.Message);
                failed = true;
                app.Lifetime.StopApplication();
            }
        }
    }

    /// <summary>After a start, for which nobody waits.</summary>
    private static async Task OnceStarted(WebApplication app)
    {
        await Task.Delay(startedFor, app.Lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (app.Lifetime.ApplicationStopping.IsCancellationRequested) return;
        TellOfFonts(app);
        // To start takes more memory than to serve: what is dead of it goes back to the system, once.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    /// <summary>Fontconfig is another program.</summary>
    private static void TellOfFonts(WebApplication app)
    {
        const string Shortage = "Marks are drawn without Chinese: {Shortage}. A header Left-Out of each names what it does not say.";
        if (app.Services.GetRequiredService<MarkFont>().Shortage is { } shortage) app.Logger.LogWarning(Shortage, shortage);
    }

    /// <summary>The key a registry shows when it is seen first: the mirror keeps it and trusts no other from then on.</summary>
    private static VerifierKey FirstSight(string url)
    {
        using var log = new RemoteLog(url);
        return log.KeyAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    private static readonly string[] compressed =
    [
        "text/html", "text/css", "text/javascript", "text/csv", "text/calendar", "text/plain", "image/svg+xml",
        "application/json", "application/problem+json", "application/x-ndjson", "application/openapi+json",
        "application/atom+xml", "application/feed+json", "application/linkset+json",
    ];

    /// <summary>Runs beside requests, and is asked by them.</summary>
    private static void AddRunning<T>(this IServiceCollection services) where T : class, IHostedService =>
        services.AddSingleton<T>().AddHostedService(all => all.GetRequiredService<T>());

    private static WebApplication Build(string[] args, bool demo)
    {
        // Settings are read once. To watch for their change is to watch the folder, where the data file may lie: an event for every write
        // to it.
        var builder = WebApplication.CreateBuilder([.. args, "--hostBuilder:reloadConfigOnChange=false"]);
        var settings = Settings.Read(builder.Configuration);
        // A demo has a file of its own and never touches one that `serve` made, whatever the settings say.
        if (demo)
            settings = settings.InFile(Settings.DemoFile) with
            {
                KeyFile = null,
                MirrorOf = null,
                Witnesses = [],
                ShipTo = null,
                Dumps = Settings.DemoDumps,
            };
        builder.Logging.ClearProviders();
        if (demo) builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        // Made by the services, which dispose of what they made: then it writes its last lines.
        else builder.Services.AddSingleton<ILoggerProvider>(_ => new JsonLines(Console.OpenStandardOutput()));
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("ModelContextProtocol", LogLevel.Warning);
        // It would begin an activity for every request, for lines that RequestLog writes.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // Refusals are answers, not failures of the program; what really fails is logged by Problems.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware", LogLevel.None);
        // A start that fails is one line of ours, not their traces; what they say of it later is kept.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => level is LogLevel.Warning or LogLevel.Critical)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", level => level is LogLevel.Warning or LogLevel.Error);

        builder.Services.AddSingleton(settings).AddSingleton(TimeProvider.System).AddSingleton<KnownTo>()
            .AddSingleton<PublicAddress>().AddSingleton<MarkFont>().AddSingleton<ReportLimit>();
        builder.Services.AddSingleton<Limits>().AddSingleton<Admission>().AddSingleton<Idempotency.InProgress>();
        builder.Services.AddTelemetry(settings);
        builder.Services.AddRunning<ScanCounter>();
        var upstream = settings.MirrorOf is { } origin && !File.Exists(settings.KeyPath) ? FirstSight(origin) : null;
        builder.Services.AddSingleton(_ => Opening.Identity(settings, upstream, demo ? Demo.Specimens.Key : null))
            .AddSingleton<Publication>();
        builder.Services.AddSingleton(services => Opening.Open(settings, services.GetRequiredService<LogIdentity>(),
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<Database>>()));
        builder.Services.AddSingleton<IndexReader>().AddSingleton<KeptHome>().AddSingleton<AnswerKeeper>();
        builder.Services.AddRunning<ChangeWatch>();
        builder.Services.AddRunning<SelfCheck>();
        builder.Services.AddRunning<Upkeep>();
        builder.Services.AddSingleton(new DumpFolder(settings.Dumps)).AddSingleton<Dump>();
        if (settings.Dumps is not null) builder.Services.AddRunning<NightlyDump>();
        if (settings.ShipTo is not null) builder.Services.AddRunning<Shipping>();
        if (settings.MirrorOf is not null) builder.Services.AddRunning<Mirror>();
        else if (settings.Witnesses.Length > 0) builder.Services.AddHostedService<CosignatureCollector>();
        builder.Services.ConfigureHttpJsonOptions(options => Json.Configure(options.SerializerOptions));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1 << 20;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.RequestHeadersTimeout = headersWithin;
            kestrel.Limits.KeepAliveTimeout = idleFor;
        });
        // Pages hold no secret that could be guessed from their compressed length.
        builder.Services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes = compressed;
        });
        builder.Services.AddSingleton<IResponseCompressionProvider, WorthwhileCompression>();
        builder.Services.Configure<RouteOptions>(routing => routing.ConstraintMap.Add("gs1", typeof(Gs1Endpoints.Compressed)));
        // A phone waits for bytes, not for the fraction of a millisecond that a tenth fewer of them cost here.
        builder.Services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = CompressionLevel.Optimal);
        builder.Services.Configure<GzipCompressionProviderOptions>(gzip => gzip.Level = CompressionLevel.Optimal);
        builder.Services.AddModelContext();
        builder.Services.AddContract();

        var app = builder.Build();
        Malformed.Use(app);
        app.UseGuards();
        app.UseForwarding(settings);
        // HEAD is answered as GET is; the server itself leaves the content out.
        app.Use((context, next) =>
        {
            if (!HttpMethods.IsHead(context.Request.Method)) return next(context);
            Manners.AskedByHead(context);
            Visitor.AskedByHead(context);
            return next(context);
        });
        // Caches and readers of JSON alike know it: so many seconds ago it was as the answer says.
        if (settings.MirrorOf is not null)
        {
            var known = app.Services.GetRequiredService<KnownTo>();
            app.Use((context, next) =>
            {
                var seconds = Math.Max(0, (long)known.Age.TotalSeconds);
                context.Response.Headers.Age = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
                return next(context);
            });
        }
        app.UseRouting();
        app.UseRequestLog();
        app.UseResponseCompression();
        app.UseProblems(Pages.ProblemPage.Write);
        Admission.Use(app, Pages.ProblemPage.Write);
        app.UseParameters();
        app.UseFreshness(settings);
        app.UseManners();
        app.MapContract();
        app.MapDocs();
        app.MapHealth();
        app.MapCertificates();
        app.MapStatements();
        app.MapLog();
        app.MapSearch();
        app.MapChanges();
        app.MapDumps();
        app.MapWatches();
        app.MapReconciliation();
        app.MapModelContext();
        app.MapVerifications();
        app.MapAnswers();
        app.MapMarks();
        app.MapGs1();
        app.MapImports();
        app.MapPages();
        return app;
    }
}
