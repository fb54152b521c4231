using System.IO.MemoryMappedFiles;
using System.Text;

namespace Registry.Fuzz;

/// <summary>The input that is being read, in a file that outlives the program: whatever ends it (the stack, the memory, a watch) can be told.</summary>
internal sealed class CurrentInput : IDisposable
{
    private const int MaxInput = 1 << 20, Head = 2 * sizeof(int);
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;

    public CurrentInput(string path)
    {
        file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, MaxInput);
        view = file.CreateViewAccessor();
    }

    public void Set(string parser, byte[] input)
    {
        var name = Encoding.UTF8.GetBytes(parser);
        var most = Math.Min(input.Length, MaxInput - Head - name.Length);
        view.Write(0, name.Length);
        view.Write(sizeof(int), most);
        view.WriteArray(Head, name, 0, name.Length);
        view.WriteArray(Head + name.Length, input, 0, most);
    }

    /// <summary>What stands in such a file.</summary>
    public static string Told(string path)
    {
        var bytes = File.ReadAllBytes(path).AsSpan();
        var (name, input) = (BitConverter.ToInt32(bytes), BitConverter.ToInt32(bytes[sizeof(int)..]));
        return $"FAIL {Encoding.UTF8.GetString(bytes.Slice(Head, name))}: {Convert.ToBase64String(bytes.Slice(Head + name, input))}";
    }

    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
    }
}
