using System.Buffers;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Registry;

/// <summary>The few calls of SQLite that every value takes, without the marshalling of handles, which costs more than they do.</summary>
internal static unsafe partial class Sqlite3
{
    private const string Library = "e_sqlite3";
    private static readonly nint transient = -1;

    [LibraryImport(Library)] internal static partial int sqlite3_step(nint statement);
    [LibraryImport(Library)] internal static partial int sqlite3_reset(nint statement);
    [LibraryImport(Library)]
    internal static partial nint sqlite3_wal_hook(nint db, delegate* unmanaged[Cdecl]<nint, nint, byte*, int, int> hook, nint context);
    [LibraryImport(Library)] internal static partial int sqlite3_wal_checkpoint_v2(nint db, byte* name, int mode, int* pages, int* done);
    [LibraryImport(Library)] internal static partial int sqlite3_clear_bindings(nint statement);
    [LibraryImport(Library)] private static partial int sqlite3_bind_text(nint statement, int place, byte* text, int bytes, nint free);
    [LibraryImport(Library)] private static partial int sqlite3_bind_blob(nint statement, int place, byte* blob, int bytes, nint free);
    // Below a microsecond, without lock or callback: the collector may wait for them.
    [LibraryImport(Library), SuppressGCTransition] private static partial int sqlite3_bind_int64(nint statement, int place, long value);
    [LibraryImport(Library), SuppressGCTransition] private static partial int sqlite3_bind_double(nint statement, int place, double value);
    [LibraryImport(Library), SuppressGCTransition] private static partial int sqlite3_bind_null(nint statement, int place);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int sqlite3_column_type(nint statement, int column);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long sqlite3_column_int64(nint statement, int column);
    [LibraryImport(Library), SuppressGCTransition] internal static partial double sqlite3_column_double(nint statement, int column);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int sqlite3_column_bytes(nint statement, int column);
    [LibraryImport(Library)] internal static partial byte* sqlite3_column_text(nint statement, int column);
    [LibraryImport(Library)] internal static partial byte* sqlite3_column_blob(nint statement, int column);

    /// <summary>Gives a statement a value; the result code of SQLite.</summary>
    public static int Bind(sqlite3_stmt statement, int place, object? value)
    {
        var handle = statement.DangerousGetHandle();
        return value switch
        {
            null or DBNull => sqlite3_bind_null(handle, place),
            string text => BindText(handle, place, text),
            long number => sqlite3_bind_int64(handle, place, number),
            int number => sqlite3_bind_int64(handle, place, number),
            bool flag => sqlite3_bind_int64(handle, place, flag ? 1 : 0),
            byte[] blob => BindBlob(handle, place, blob),
            DateOnly day => BindText(handle, place, day.ToString("O", CultureInfo.InvariantCulture)),
            double number => sqlite3_bind_double(handle, place, number),
            _ => throw new NotSupportedException($"A statement takes no {value.GetType()}."),
        };
    }

    private static int BindText(nint statement, int place, string text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = most > 512 ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[512];
        var length = Encoding.UTF8.GetBytes(text, bytes);
        int code;
        fixed (byte* first = bytes) code = sqlite3_bind_text(statement, place, first, length, transient);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return code;
    }

    private static int BindBlob(nint statement, int place, byte[] blob)
    {
        byte none; // a null pointer would be NULL
        fixed (byte* first = blob)
            return sqlite3_bind_blob(statement, place, blob.Length == 0 ? &none : first, blob.Length, transient);
    }
}

/// <summary>The rows of a prepared statement, each value read as it lies in SQLite's memory.</summary>
internal sealed unsafe class SqliteRows : DbDataReader
{
    private readonly sqlite3 db;
    private readonly sqlite3_stmt statement;
    private readonly nint handle;
    private readonly int changesBefore;
    private readonly int columns;
    /// <summary>What the last step came to: a row, or the end.</summary>
    private int code;
    private bool taken, closed;

    /// <param name="db">For what it says of errors.</param>
    /// <param name="statement">Its values are bound; when the rows are closed it is ready to run again.</param>
    public SqliteRows(sqlite3 db, sqlite3_stmt statement)
    {
        (this.db, this.statement, handle) = (db, statement, statement.DangerousGetHandle());
        changesBefore = raw.sqlite3_total_changes(db);
        Step();
        columns = raw.sqlite3_column_count(statement);
    }

    public override int FieldCount => columns;
    public override bool HasRows => code == raw.SQLITE_ROW || taken;
    public override bool IsClosed => closed;
    public override int Depth => 0;
    /// <summary>Rows it inserted, changed or deleted; -1 when it only reads.</summary>
    public override int RecordsAffected
    {
        get
        {
            if (raw.sqlite3_stmt_readonly(statement) != 0) return -1;
            return raw.sqlite3_total_changes(db) == changesBefore ? 0 : raw.sqlite3_changes(db);
        }
    }
    public override object this[int ordinal] => GetValue(ordinal);
    public override object this[string name] => GetValue(GetOrdinal(name));

    private void Step()
    {
        code = Sqlite3.sqlite3_step(handle);
        if (code is raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        try { SqliteException.ThrowExceptionForRC(code & 0xFF, db); }
        finally { Close(); }
    }

    public override bool Read()
    {
        if (code != raw.SQLITE_ROW) return false;
        if (taken) Step();
        taken = true;
        return code == raw.SQLITE_ROW;
    }

    public override bool NextResult() => false;

    public override void Close()
    {
        if (closed) return;
        closed = true;
        code = raw.SQLITE_DONE;
        _ = Sqlite3.sqlite3_reset(handle); // an error it repeats was thrown already
        _ = Sqlite3.sqlite3_clear_bindings(handle);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Close();
        base.Dispose(disposing);
    }

    private int TypeOf(int ordinal) => (uint)ordinal < (uint)columns ? Sqlite3.sqlite3_column_type(handle, ordinal)
        : throw new ArgumentOutOfRangeException(nameof(ordinal));

    /// <summary>A value that must not be null: SQLite would give 0 or an empty text for it.</summary>
    private int Present(int ordinal)
    {
        var type = TypeOf(ordinal);
        return type != raw.SQLITE_NULL ? type : throw new InvalidOperationException($"Column {GetName(ordinal)} is null.");
    }

    /// <summary>UTF-8 of a text, until the next step.</summary>
    private ReadOnlySpan<byte> Utf8(int ordinal)
    {
        Present(ordinal);
        var first = Sqlite3.sqlite3_column_text(handle, ordinal); // before its length, which it may change
        return new(first, Sqlite3.sqlite3_column_bytes(handle, ordinal));
    }

    public override bool IsDBNull(int ordinal) => TypeOf(ordinal) == raw.SQLITE_NULL;
    public override string GetString(int ordinal) => Encoding.UTF8.GetString(Utf8(ordinal));
    public override long GetInt64(int ordinal)
    {
        Present(ordinal);
        return Sqlite3.sqlite3_column_int64(handle, ordinal);
    }
    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));
    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));
    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));
    public override bool GetBoolean(int ordinal) => GetInt64(ordinal) != 0;
    public override double GetDouble(int ordinal)
    {
        Present(ordinal);
        return Sqlite3.sqlite3_column_double(handle, ordinal);
    }
    public override float GetFloat(int ordinal) => (float)GetDouble(ordinal);
    public override decimal GetDecimal(int ordinal) => decimal.Parse(GetString(ordinal), CultureInfo.InvariantCulture);
    public override DateTime GetDateTime(int ordinal) => throw new NotSupportedException();
    public override Guid GetGuid(int ordinal) => throw new NotSupportedException();
    public override char GetChar(int ordinal) => throw new NotSupportedException();
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException();
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException();

    /// <summary>A day is text, YYYY-MM-DD.</summary>
    private DateOnly GetDate(int ordinal)
    {
        var text = Utf8(ordinal);
        int Digits(ReadOnlySpan<byte> digits)
        {
            var number = 0;
            foreach (var digit in digits) number = digit is >= (byte)'0' and <= (byte)'9' ? number * 10 + digit - '0' : throw NoDay();
            return number;
        }
        FormatException NoDay() => new($"Column {GetName(ordinal)} is no day.");
        return text.Length == 10 ? new(Digits(text[..4]), Digits(text[5..7]), Digits(text[8..])) : throw NoDay();
    }

    /// <summary>The bytes of a value, until the next step; of a text in UTF-8, of NULL none.</summary>
    public ReadOnlySpan<byte> Bytes(int ordinal)
    {
        TypeOf(ordinal);
        var first = Sqlite3.sqlite3_column_blob(handle, ordinal);
        return new(first, Sqlite3.sqlite3_column_bytes(handle, ordinal));
    }

    private byte[] GetBlob(int ordinal)
    {
        Present(ordinal);
        return Bytes(ordinal).ToArray();
    }

    public override T GetFieldValue<T>(int ordinal) =>
        typeof(T) == typeof(DateOnly) ? (T)(object)GetDate(ordinal)
        : typeof(T) == typeof(DateOnly?) ? IsDBNull(ordinal) ? default! : (T)(object)GetDate(ordinal)
        : typeof(T) == typeof(byte[]) ? (T)(object)GetBlob(ordinal)
        : base.GetFieldValue<T>(ordinal);

    public override object GetValue(int ordinal) => TypeOf(ordinal) switch
    {
        raw.SQLITE_INTEGER => Sqlite3.sqlite3_column_int64(handle, ordinal),
        raw.SQLITE_FLOAT => Sqlite3.sqlite3_column_double(handle, ordinal),
        raw.SQLITE_TEXT => GetString(ordinal),
        raw.SQLITE_BLOB => GetBlob(ordinal),
        _ => DBNull.Value,
    };

    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, columns);
        for (var i = 0; i < count; i++) values[i] = GetValue(i);
        return count;
    }

    /// <summary>That of the value; of a null, that of the column (its affinity,
    /// https://sqlite.org/datatype3.html#determination_of_column_affinity).</summary>
    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicFields)]
    public override Type GetFieldType(int ordinal) => (code == raw.SQLITE_ROW ? TypeOf(ordinal) : raw.SQLITE_NULL) switch
    {
        raw.SQLITE_INTEGER => typeof(long),
        raw.SQLITE_FLOAT => typeof(double),
        raw.SQLITE_TEXT => typeof(string),
        raw.SQLITE_BLOB => typeof(byte[]),
        _ => raw.sqlite3_column_decltype(statement, ordinal).utf8_to_string()?.ToUpperInvariant() switch
        {
            null or "" => typeof(byte[]),
            var declared when declared.Contains("INT") => typeof(long),
            var declared when declared.Contains("BLOB") => typeof(byte[]),
            var declared when declared.Contains("REAL") || declared.Contains("FLOA") || declared.Contains("DOUB") => typeof(double),
            _ => typeof(string),
        },
    };

    public override string GetDataTypeName(int ordinal) => GetFieldType(ordinal).Name;
    public override string GetName(int ordinal) => raw.sqlite3_column_name(statement, ordinal).utf8_to_string();

    public override int GetOrdinal(string name)
    {
        for (var i = 0; i < columns; i++)
            if (GetName(i) == name) return i;
        throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such column.");
    }

    public override System.Collections.IEnumerator GetEnumerator() => new DbEnumerator(this);
}
