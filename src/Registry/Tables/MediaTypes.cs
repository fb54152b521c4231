namespace Registry.Tables;

/// <summary>What tables are called where they are sent and answered (RFC 6838), in lower case.</summary>
public static class MediaTypes
{
    public const string Csv = "text/csv", Tabs = "text/tab-separated-values", Lines = "application/x-ndjson",
        Workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        MacroWorkbook = "application/vnd.ms-excel.sheet.macroenabled.12", OldWorkbook = "application/vnd.ms-excel";
}
