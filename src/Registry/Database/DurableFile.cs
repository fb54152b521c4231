using System.Runtime.InteropServices;
using System.Text;

namespace Registry;

/// <summary>Small files that must be whole after a power cut: written beside, synced, renamed, and the folder synced too. Some file systems
/// (XFS, ext4 with noauto_da_alloc) otherwise leave the new name with nothing behind it.</summary>
public static partial class DurableFile
{
    /// <summary>Makes or replaces a file that its owner alone can read. Returns when the disk has it under its name.</summary>
    /// <exception cref="IOException">It cannot be written, or there is one already and it may not be replaced; what was there
    /// stays.</exception>
    public static void Write(string path, string text, bool replace = true)
    {
        var beside = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using (var file = new FileStream(beside, options))
            {
                OwnerOnly.GiveToFolder(file.SafeFileHandle, path);
                file.Write(Encoding.UTF8.GetBytes(text));
                file.Flush(flushToDisk: true);
            }
            File.Move(beside, path, replace);
        }
        finally { File.Delete(beside); }
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Gives a file that was made beside its place its name, in the place of what had it.</summary>
    /// <exception cref="IOException">It cannot be synced or moved; what was there stays.</exception>
    public static void Put(string beside, string path)
    {
        using (var file = new FileStream(beside, FileMode.Open, FileAccess.ReadWrite))
        {
            OwnerOnly.GiveToFolder(file.SafeFileHandle, path);
            file.Flush(flushToDisk: true);
        }
        File.Move(beside, path, overwrite: true);
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Returns when the disk has all that was written to a file.</summary>
    /// <exception cref="IOException">It cannot be synced.</exception>
    public static void Sync(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    /// <summary>A new name is on the disk only when its folder is.</summary>
    /// <exception cref="IOException">It cannot be synced.</exception>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = open(folder, 0);
        if (handle < 0) throw new IOException($"{folder} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}.");
        try
        {
            if (fsync(handle) < 0) throw new IOException($"{folder} cannot be synced: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
        finally { _ = close(handle); }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);
    [LibraryImport("libc", SetLastError = true)] private static partial int fsync(int handle);
    [LibraryImport("libc")] private static partial int close(int handle);
}
