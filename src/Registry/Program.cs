using System.CommandLine;
using System.Globalization;
using Registry;
using Registry.Commands;

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
var line = CommandLine.Verbs().Parse(args);
try
{
    var invocation = new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = CommandLine.StoppingTime,
    };
    if (CommandLine.Fault(line) is not { } fault)
    {
        var code = await line.InvokeAsync(invocation);
        return line.Errors.Count > 0 && code == CommandLine.Failed ? CommandLine.NotDone(line) : code;
    }
    Console.Error.WriteLine(fault);
}
catch (OperationCanceledException) { return CommandLine.Stopped; }
catch (Exception error) { Console.Error.WriteLine(Trouble.Line(error)); }
return CommandLine.NotDone(line);

/// <summary>The program; named so that tests can start it.</summary>
public partial class Program;
