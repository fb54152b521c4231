using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Registry;

/// <summary>How much a thread gives way to the others of this program.</summary>
internal static partial class Niceness
{
    /// <summary>The most that the system knows.</summary>
    private const int Last = 19;

    private const int ThisThread = 0; // on Linux a priority is a thread's

    /// <summary>
    /// Makes this thread give way to others: by so much beyond what the whole program was started with. A niceness of its own would be the
    /// wrong way round in a program that was started with more: searches would come before the writer.
    /// </summary>
    /// <param name="by">As the system counts: with 5 a third, with 10 a tenth of what another gets where both want the processor.</param>
    public static void GiveWay(int by)
    {
        if (OperatingSystem.IsLinux()) SetPriority(ThisThread, 0, Math.Min(GetPriority(ThisThread, 0) + by, Last));
    }

    /// <summary>That of this thread.</summary>
    internal static int Own => OperatingSystem.IsLinux() ? GetPriority(ThisThread, 0) : 0;

    /// <summary>Processor time that this thread has had; where the system does not tell, the time that has passed.</summary>
    public static TimeSpan Worked
    {
        get
        {
            if (!OperatingSystem.IsLinux() || GetTime(ThreadProcessorTime, out var time) != 0) return Stopwatch.GetElapsedTime(0);
            return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick);
        }
    }

    private const int ThreadProcessorTime = 3; // CLOCK_THREAD_CPUTIME_ID of Linux

    private struct Time
    {
        public nint Seconds, Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    [LibraryImport("libc", EntryPoint = "getpriority")]
    private static partial int GetPriority(int which, uint who);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int priority);
}
