using System.Runtime.InteropServices;

namespace Registry.Search;

/// <summary>
/// Room for the facts of neighbouring certificates, beside each other on large pages where the system has them (Linux: two megabytes). A
/// search goes through a whole column or reads here and there in it, and with small pages to find each of them took two
/// thirds of the time.
/// </summary>
/// <param name="log">Of their number.</param>
internal sealed partial class FactColumns(int log)
{
    private const int LargePage = 2 << 20, LargePagesWanted = 14; // MADV_HUGEPAGE

    private readonly ArraySegment<DaysOf> days = OnLargePages<DaysOf>(1 << log);
    private readonly ArraySegment<ushort> codes = OnLargePages<ushort>(1 << log);

    /// <summary>That of one block.</summary>
    /// <param name="no">Its place among theirs.</param>
    public (ArraySegment<DaysOf> Days, ArraySegment<ushort> Codes) Of(int no) =>
        (days.Slice(no * Facts.Size, Facts.Size), codes.Slice(no * Facts.Size, Facts.Size));

    /// <summary>From the beginning of a large page on; what lies before it is never touched.</summary>
    private static unsafe ArraySegment<T> OnLargePages<T>(int count) where T : unmanaged
    {
        var room = GC.AllocateUninitializedArray<T>(count + LargePage / sizeof(T), pinned: true);
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(room, 0);
        var before = (int)((LargePage - address % LargePage) % LargePage) / sizeof(T);
        // Advice: where it is not taken the pages are small ones.
        if (OperatingSystem.IsLinux()) _ = Advise(address + before * sizeof(T), (nuint)(count * sizeof(T)), LargePagesWanted);
        return new(room, before, count);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint bytes, int advice);
}
