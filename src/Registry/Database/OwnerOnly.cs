using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

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

    /// <summary>What a command of root makes beside a service of another account belongs to whoever owns the folder: the service could
    /// not start from it otherwise.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its name, or that of another in the same folder.</param>
    public static void GiveToFolder(SafeFileHandle file, string path)
    {
        if (!IsRoot) return;
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (Owner(FromHere, folder, 0, UserAndGroup, out var owner) == 0) _ = Give(file, owner.User, owner.Group);
    }

    /// <summary>The same of a file that is still to be made, so that SQLite makes its journals the account's too.</summary>
    public static void Begin(string file)
    {
        if (!IsRoot || Path.Exists(file)) return;
        using var made = File.OpenHandle(file, FileMode.CreateNew, FileAccess.Write);
        GiveToFolder(made, file);
    }

    private static bool IsRoot => OperatingSystem.IsLinux() && UserId() == Root;

    private const uint Root = 0;
    private const int FromHere = -100; // AT_FDCWD
    private const uint UserAndGroup = 0x18; // STATX_UID | STATX_GID

    /// <summary>Of a struct statx, which is the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct OwnerOf
    {
        [FieldOffset(20)] public uint User;
        [FieldOffset(24)] public uint Group;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint UserId();

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Owner(int folder, string path, int flags, uint mask, out OwnerOf owner);

    [LibraryImport("libc", EntryPoint = "fchown")]
    private static partial int Give(SafeFileHandle file, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint Umask(uint mask);
}
