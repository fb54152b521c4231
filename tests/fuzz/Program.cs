using Registry.Fuzz;
using Registry.Tests.Properties;

// fuzz trace FOLDER: has the program there, and the reader of old workbooks, note the branches they take.
// fuzz names: a line for each parser.
// fuzz feed SECONDS INPUT [NAME...]: feeds every parser or those named; INPUT is where each input stands while it is read. Exit code 1: some broke.
// fuzz told INPUT: what stands there, as FAIL NAME: BASE64.
// With REGISTRY_FUZZ_KEEP what led to new branches is kept in corpus/.
switch (args)
{
    case ["trace", var folder]:
        foreach (var name in (string[])["registry.dll", "ExcelDataReader.dll"]) Branches.Trace(Path.Combine(folder, name));
        return 0;
    case ["names"]:
        foreach (var parser in Parsers.All) Console.WriteLine(parser.Name);
        return 0;
    case ["told", var file]:
        Console.WriteLine(CurrentInput.Told(file));
        return 0;
    case ["feed", var seconds, var file, .. var names]:
        return Feeding.Run(double.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture), file, names);
    default:
        Console.Error.WriteLine("trace FOLDER | names | feed SECONDS INPUT [NAME...] | told INPUT");
        return 2;
}
