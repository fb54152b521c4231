using Microsoft.Extensions.Options;
using Registry;
using Registry.Certificates;
using Registry.Http;

var builder = WebApplication.CreateBuilder(args);
var settings = builder.Configuration.GetSection("Registry").Get<Settings>() ?? new Settings();
builder.Services.AddSingleton(settings).AddSingleton(TimeProvider.System).AddSingleton<PublicAddress>();
builder.Services.AddSingleton(services => new Database(settings.DataFile, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<Database>>()));
builder.Services.ConfigureHttpJsonOptions(options => Json.Configure(options.SerializerOptions));
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);

var app = builder.Build();
app.UseProblems(null);
app.MapCertificates();
app.Services.GetRequiredService<Database>().OnFailure = _ => app.Lifetime.StopApplication();
app.Run();

/// <summary>The program; named so that tests can start it.</summary>
public partial class Program;
