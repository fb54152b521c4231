using System.CommandLine;
using Registry;
using Registry.Certificates;

// Numbers and names are compared after Unicode normalisation, which .NET leaves out in invariant mode: better not to start than to miss.
if ("Ａ".Normalize(System.Text.NormalizationForm.FormKC) != "A")
{
    Console.Error.WriteLine("Unicode normalisation is missing: install ICU (libicu) and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
    return 1;
}

OwnerOnly.FromNowOn();
var root = new RootCommand("Registry: a public certificate registry and verification API. Without a command it serves.") { TreatUnmatchedTokensAsErrors = false };
root.SetAction(_ => Server.Run(args, demo: false));

var serve = new Command("serve", "Serve the registry (the default).") { TreatUnmatchedTokensAsErrors = false };
serve.SetAction(_ => Server.Run(args[1..], demo: false));
root.Add(serve);

var demo = new Command("demo", "Serve about 5,000 invented certificates from demo/registry.db.") { TreatUnmatchedTokensAsErrors = false };
demo.SetAction(_ => Server.Run(args[1..], demo: true));
root.Add(demo);

foreach (var command in Commands.All()) root.Add(command);
return await root.Parse(args).InvokeAsync();

/// <summary>The program; named so that tests can start it.</summary>
public partial class Program;
