using Registry.Tests.Properties;
using SharpFuzz;

// fuzz names: a line for each parser. fuzz seeds NAME FOLDER: what is right, a file each. fuzz NAME: feeds it with what afl-fuzz makes.
switch (args)
{
    case ["names"]:
        foreach (var name in FuzzTests.Names) Console.WriteLine(name);
        return;
    case ["seeds", var name, var folder]:
        var seeds = FuzzTests.Seeds(name);
        for (var i = 0; i < seeds.Length; i++) File.WriteAllBytes(Path.Combine(folder, $"{i}"), seeds[i]);
        return;
    case [var name]:
        // Nothing of the program may run before the fuzzer has given it where to note its branches.
        Action<byte[]>? feed = null;
        Fuzzer.OutOfProcess.Run(stream =>
        {
            feed ??= FuzzTests.Feed(name);
            using var input = new MemoryStream();
            stream.CopyTo(input);
            feed(input.ToArray());
        });
        return;
    default:
        throw new ArgumentException("names | seeds NAME FOLDER | NAME");
}
