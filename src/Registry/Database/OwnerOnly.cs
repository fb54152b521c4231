using System.Runtime.InteropServices;

namespace Registry;

/// <summary>Files that their owner alone may read: keys, hashes of keys, seeds of marks and what is yet to be published lie in
/// them.</summary>
internal static partial class OwnerOnly
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    /// <summary>What is taken away from the mode of every new file: all that others could do with it.</summary>
    private const uint Others = 0b_000_111_111;

    /// <summary>Whatever the program makes from now on; SQLite gives its journals the mode of the data file.</summary>
    public static void FromNowOn()
    {
        if (!OperatingSystem.IsWindows()) Umask(Others);
    }

    /// <summary>A file that an earlier version, or somebody's copy, left open to others.</summary>
    public static void Close(string file)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(file)) return;
        try { File.SetUnixFileMode(file, Mode); }
        catch (UnauthorizedAccessException) { } // it is another's, who decides who reads it
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint Umask(uint mask);
}
