using System.Runtime.InteropServices;

namespace Registry;

/// <summary>How much a thread gives way to others.</summary>
internal static partial class Niceness
{
    /// <summary>Of work for which nobody waits.</summary>
    public const int Last = 19;

    private const int ThisThread = 0; // on Linux a priority is a thread's

    /// <summary>Sets that of this thread, as the system counts: 0 as all others, 19 only when nobody else wants the processor.</summary>
    public static void Set(int niceness)
    {
        if (OperatingSystem.IsLinux()) SetPriority(ThisThread, 0, niceness);
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int priority);
}
