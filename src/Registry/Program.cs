using System.CommandLine;
using System.Globalization;
using Registry;
using Registry.Certificates;

// The system's language changes nothing: with Thai or Persian the same day would have another year.
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;

// Numbers and names are compared after Unicode normalisation, which .NET leaves out in invariant mode: better not to start than to miss.
if ("Ａ".Normalize(System.Text.NormalizationForm.FormKC) != "A")
{
    Console.Error.WriteLine("Unicode normalisation is missing: install ICU (libicu) and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
    return 1;
}

OwnerOnly.FromNowOn();
var root = new RootCommand("Registry: a public certificate registry and verification API. Without a command it serves.") { TreatUnmatchedTokensAsErrors = false };
root.SetAction(parsed => Server.Run([.. parsed.UnmatchedTokens], demo: false));

var serve = new Command("serve", "Serve the registry (the default).") { TreatUnmatchedTokensAsErrors = false };
serve.SetAction(parsed => Server.Run([.. parsed.UnmatchedTokens], demo: false));
root.Add(serve);

var demo = new Command("demo", "Serve about 5,000 invented certificates from demo/registry.db.") { TreatUnmatchedTokensAsErrors = false };
demo.SetAction(parsed => Server.Run([.. parsed.UnmatchedTokens], demo: true));
root.Add(demo);

foreach (var command in Commands.All()) root.Add(command);
var line = root.Parse(args);
try
{
    if (CommandLine.Fault(line) is not { } fault) return await line.InvokeAsync(new() { EnableDefaultExceptionHandler = false });
    Console.Error.WriteLine(fault);
}
catch (Exception error) when (error is not OperationCanceledException) { Console.Error.WriteLine(CommandLine.Line(error)); }
return 1;

/// <summary>The program; named so that tests can start it.</summary>
public partial class Program;
