using System.Numerics;
using System.Runtime.InteropServices;
using dnlib.DotNet;
using SharpFuzz;

namespace Registry.Fuzz;

/// <summary>The branches that the traced program takes, as AFL has them: a byte for each pair of places that follow each other, which counts
/// how often. New is a pair that was not seen before, or was not seen about so many times.</summary>
internal sealed unsafe class Branches
{
    private const int Size = 1 << 16;
    private readonly byte* taken = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] seen = new byte[Size];

    /// <summary>Nothing of the traced program may run before: it would note its branches nowhere.</summary>
    public Branches() => SharpFuzz.Common.Trace.SharedMem = taken;

    /// <summary>Has an assembly note its branches, and lets the compiler make it quick though it was built to be debugged.</summary>
    public static void Trace(string assembly)
    {
        Fuzzer.Instrument(assembly, _ => true, Options.Value);
        using var module = ModuleDefMD.Load(File.ReadAllBytes(assembly));
        module.Assembly.CustomAttributes.RemoveAll("System.Diagnostics.DebuggableAttribute");
        module.Write(assembly);
    }

    /// <summary>Nothing was seen yet.</summary>
    public void ForgetAll() => Array.Clear(seen);

    /// <summary>Before an input is read.</summary>
    public void Begin()
    {
        new Span<byte>(taken, Size).Clear();
        SharpFuzz.Common.Trace.PrevLocation = 0;
    }

    /// <summary>Whether the input took a new branch; then it is seen.</summary>
    public bool AreNew()
    {
        var words = new ReadOnlySpan<ulong>(taken, Size / sizeof(ulong));
        var isNew = false;
        for (var word = 0; word < words.Length; word++)
        {
            if (words[word] == 0) continue;
            for (var at = word * sizeof(ulong); at < (word + 1) * sizeof(ulong); at++)
            {
                var about = About(taken[at]);
                if ((seen[at] | about) == seen[at]) continue;
                seen[at] |= about;
                isNew = true;
            }
        }
        return isNew;
    }

    /// <summary>A bit for each power of two.</summary>
    private static byte About(byte times) => times == 0 ? (byte)0 : (byte)(1 << BitOperations.Log2(times));
}
